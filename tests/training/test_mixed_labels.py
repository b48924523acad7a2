"""The loss and the score of mixtures, by hand."""

import numpy as np
import tensorflow as tf

from dltrain.training.mixed_labels import MixedLabels, loss_of_mixtures, score_of_mixtures


def test_by_hand() -> None:
    """The loss is that of both labels by their shares; the label of the larger share is right."""
    labels = MixedLabels(
        own=tf.constant([1, 2, 3]),
        partners=tf.constant([5, 6, 7]),
        shares=tf.constant([1.0, 0.25, 0.5]),
    )
    outputs = tf.constant([10.0, 100.0, 1000.0])

    def product(outputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return outputs * tf.cast(labels, tf.float32)

    losses = loss_of_mixtures(product)(outputs, labels).numpy()
    np.testing.assert_array_equal(losses, [10.0, 25 * 2 + 75 * 6, 500 * 3 + 500 * 7])
    scores = score_of_mixtures(product)(outputs, labels).numpy()
    np.testing.assert_array_equal(scores, [10.0, 600.0, 3000.0])
