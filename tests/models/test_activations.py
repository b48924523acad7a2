"""The quick GELU is Keras's: the same values and the same gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.models.activations import QuickGelu, activation_layer
from dltrain.models.training_layers import built_for_training


def values(layer: keras.layers.Layer, dtype: str, **options: bool) -> list[np.ndarray]:
    """Outputs and gradient between -6 and 6."""
    inputs = tf.cast(tf.linspace(-6.0, 6.0, 501), dtype)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, **options)
    gradient = tape.gradient(outputs, inputs)
    return [tf.cast(each, tf.float32).numpy() for each in (outputs, gradient)]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("bfloat16", 4e-2)])
def test_same(dtype: str, tolerance: float) -> None:
    """To rounding while training, and to the last bit when it is judged."""
    plain = values(keras.layers.Activation("gelu", dtype=dtype), dtype)
    quick = QuickGelu("gelu", dtype=dtype)
    for mine, theirs in zip(values(quick, dtype, training=True), plain, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=tolerance)
    for mine, theirs in zip(values(quick, dtype, training=False), plain, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("activation", "on_cpu", "is_quick"),
    [("gelu", True, True), ("gelu", False, False), ("relu", True, False)],
)
def test_where(activation: str, *, on_cpu: bool, is_quick: bool) -> None:
    """Only in a model that is trained on a CPU: plain Keras does not know the layer."""
    with built_for_training(on_cpu=on_cpu):
        layer = activation_layer(activation, "name")
    assert isinstance(layer, QuickGelu) == is_quick
