"""The arithmetic of a model is what a person counts by hand."""

import keras
import pytest

from dltrain.devices.arithmetic import backward_multiply_adds, multiply_adds
from dltrain.models.attention import self_attention
from dltrain.models.training_layers import built_for_training

layers = keras.layers


def test_convolutions() -> None:
    """Kernel size times positions, layer by layer."""
    inputs = keras.Input((8, 8, 1))
    tensor = layers.Conv2D(3, 3, padding="same")(inputs)  # 8*8 positions * 3*3*1*3 = 1728
    tensor = layers.BatchNormalization()(tensor)
    tensor = layers.MaxPooling2D(2)(tensor)
    tensor = layers.Conv2D(4, 3, padding="valid")(tensor)  # 2*2 * 3*3*3*4 = 432
    tensor = layers.Flatten()(tensor)
    tensor = layers.Dense(10)(tensor)  # 16*10 = 160
    assert multiply_adds(keras.Model(inputs, tensor)) == 1728 + 432 + 160


def test_dense() -> None:
    """A weighted sum costs one per weight; powers of the inputs are free."""
    inputs = keras.Input((5,))
    assert multiply_adds(keras.Model(inputs, layers.Dense(1)(inputs))) == 5
    powers = layers.Concatenate()([inputs, inputs**2])
    assert multiply_adds(keras.Model(inputs, layers.Dense(3)(powers))) == 30


def test_recurrent() -> None:
    """Each step costs both kernels of a cell, in each direction; segments count as one text."""
    words = keras.Input((12,), dtype="int32")
    vectors = layers.Embedding(20, 5)(words)  # looked up, not multiplied
    segments = keras.ops.reshape(vectors, (-1, 4, 5))
    states = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(segments)
    states = keras.ops.reshape(states, (-1, 12, 6))
    last = layers.GRU(2)(states)
    expected = 2 * 12 * 4 * 3 * (5 + 3) + 12 * 3 * 2 * (6 + 2)
    assert multiply_adds(keras.Model(words, last)) == expected


@pytest.mark.parametrize("in_parts", [False, True])
def test_attention(*, in_parts: bool) -> None:
    """Four projections of every token, and each pair of tokens twice."""
    tokens = keras.Input((7, 6))
    with built_for_training(on_cpu=in_parts):
        seen = self_attention(tokens, 2, "attention")
    tensor = layers.EinsumDense("btd,de->bte", (7, 5))(seen)
    expected = 7 * 4 * 6 * 6 + 2 * 7 * 7 * 6 + 7 * 6 * 5
    assert multiply_adds(keras.Model(tokens, tensor)) == expected


def test_backward_of_the_first_layer() -> None:
    """Examples have no gradient, so the first kernel costs once backward and those above twice."""
    inputs = keras.Input((8, 8, 1))
    tensor = layers.Rescaling(1 / 255)(inputs)  # no weights
    tensor = layers.Conv2D(3, 3, padding="same")(tensor)  # 1728
    tensor = layers.Dense(10)(layers.Flatten()(tensor))  # 1920
    assert backward_multiply_adds(keras.Model(inputs, tensor)) == 1728 + 2 * 1920


def test_backward_below_other_weights() -> None:
    """What comes from a normalisation or from word vectors has a gradient."""
    inputs = keras.Input((5,))
    normal = layers.BatchNormalization()(inputs)
    assert backward_multiply_adds(keras.Model(inputs, layers.Dense(1)(normal))) == 2 * 5


def test_backward_of_recurrence() -> None:
    """The states have a gradient, the sequence that comes in has none."""
    inputs = keras.Input((6, 8))
    states = layers.LSTM(5)(inputs)
    entering, again = 6 * 4 * 5 * 8, 6 * 4 * 5 * 5
    assert backward_multiply_adds(keras.Model(inputs, states)) == entering + 2 * again


@pytest.mark.parametrize("in_parts", [False, True])
def test_backward_of_attention(*, in_parts: bool) -> None:
    """Pairs and the last projection cost twice, the three that enter once below any weight."""
    tokens = keras.Input((7, 6))
    with built_for_training(on_cpu=in_parts):
        seen = self_attention(tokens, 2, "attention")
    entering, inside = 7 * 3 * 6 * 6, 7 * 6 * 6 + 2 * 7 * 7 * 6
    assert backward_multiply_adds(keras.Model(tokens, seen)) == entering + 2 * inside


def test_backward_of_a_fixed_product() -> None:
    """What nothing learned has come into has no gradient, and no product with it either."""
    inputs = keras.Input((4, 6))
    fixed = keras.ops.matmul(inputs, keras.ops.transpose(inputs, (0, 2, 1)))
    learned = layers.Dense(3)(fixed)
    assert multiply_adds(keras.Model(inputs, learned)) == 4 * 4 * 6 + 4 * 4 * 3
    assert backward_multiply_adds(keras.Model(inputs, learned)) == 4 * 4 * 3
