"""The quick layer normalisation is Keras's: the same outputs and the same gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.models.layer_norm import QuickLayerNorm, layer_norm
from dltrain.models.training_layers import built_for_training

SHAPE = (4, 3, 5)


def results(kind: type[keras.layers.Layer], precision: str, *, training: bool) -> list[np.ndarray]:
    """Outputs and the gradients of inputs, scale and shift."""
    generator = np.random.default_rng(0)
    layer = kind(dtype=keras.DTypePolicy(precision))
    inputs = tf.constant(generator.normal(2.0, 3.0, SHAPE), layer.compute_dtype)
    layer.build(SHAPE)
    layer.set_weights([generator.normal(size=SHAPE[-1:]) for _ in range(2)])
    options = {"training": training} if kind is QuickLayerNorm else {}

    @tf.function(autograph=False)
    def compute() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = tf.cast(layer(inputs, **options), tf.float32)
            loss = tf.reduce_sum(tf.sin(outputs))
        sources = [inputs, *(weight.value for weight in layer.weights)]
        return [outputs, *tape.gradient(loss, sources)]

    return [tf.cast(tensor, tf.float32).numpy() for tensor in compute()]


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 2e-6), ("mixed_bfloat16", 2e-2)])
def test_same(precision: str, tolerance: float) -> None:
    """To rounding while training, and to the last bit when it is judged."""
    plain = results(keras.layers.LayerNormalization, precision, training=True)
    quick = results(QuickLayerNorm, precision, training=True)
    for mine, theirs in zip(quick, plain, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=tolerance * np.abs(theirs).max())
    judged = results(QuickLayerNorm, precision, training=False)
    for mine, theirs in zip(judged, plain, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("scale", [True, False])
def test_where_it_is_taken(scale: bool) -> None:
    """Only for a training on a CPU, and only with a scale."""
    for on_cpu in (True, False):
        with built_for_training(on_cpu=on_cpu):
            assert isinstance(layer_norm("n", scale=scale), QuickLayerNorm) is (on_cpu and scale)
    assert layer_norm("n", scale=scale).scale is scale
