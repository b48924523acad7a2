"""A model's outputs on chosen examples, over however many replicas there are."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dltrain.data.examples import Examples

Array = np.ndarray[Any, Any]

EXAMPLES_PER_BATCH = 512  # fixed: another batch size may change the last bits of a matrix product


class Predictor:
    """Computes outputs of resident examples with one compiled function.

    Each replica takes a contiguous share of the batch, so the gathered rows keep their
    order and every example is counted exactly once, in a ragged last batch too. A last
    batch with fewer examples than replicas is filled up, because not every operation takes
    a share without examples, and cut again.
    """

    def __init__(self, model: keras.Model, strategy: tf.distribute.Strategy) -> None:
        replicas = self._replicas = strategy.num_replicas_in_sync

        def share(inputs: tf.Tensor) -> tf.Tensor:
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            count = tf.shape(inputs)[0]
            return model(
                inputs[count * replica // replicas : count * (replica + 1) // replicas],
                training=False,
            )

        stored = tf.TensorSpec((None, *model.input_shape[1:]), model.input.dtype)

        @tf.function(input_signature=[stored])
        def predict_batch(inputs: tf.Tensor) -> tf.Tensor:
            logits = strategy.run(share, args=(inputs,))
            return logits if replicas == 1 else strategy.gather(logits, axis=0)

        self._predict_batch = predict_batch

    def outputs(
        self,
        examples: Examples,
        indices: Array,
        should_stop: Callable[[], bool] = lambda: False,
        view: Callable[[Array], Array] = np.asarray,
    ) -> Array:
        """Logits, or numbers for regression, of ``examples[indices]``.

        Args:
            examples: stored examples.
            indices: which of them, in the order wanted; at least one.
            should_stop: asked before every batch.
            view: what the model is shown of a batch of stored inputs, of the same shape.

        Returns:
            ``(len(indices), outputs)`` float32.

        Raises:
            InterruptedError: `should_stop` said so.
        """
        parts = []
        for start in range(0, len(indices), EXAMPLES_PER_BATCH):
            if should_stop():
                raise InterruptedError
            batch = view(examples.inputs[indices[start : start + EXAMPLES_PER_BATCH]])
            missing = max(0, self._replicas - len(batch))
            shared = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)])
            parts.append(self._predict_batch(tf.constant(shared)).numpy()[: len(batch)])
        return np.concatenate(parts)
