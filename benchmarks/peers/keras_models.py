"""The five models as a reader of Keras's guides types them, with logits at the end."""

from collections.abc import Callable

import keras
from keras import layers, ops


def mlp() -> keras.Model:
    """Two fully connected layers over images of 28 by 28."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, dtype="float32"),
        ]
    )


def seed_cnn() -> keras.Model:
    """The tutorials' three convolutions over photographs of 32 by 32."""
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, dtype="float32"),
        ]
    )


def flagship_cnn() -> keras.Model:
    """Three stages of two convolutions, a pooling right behind the first."""
    inputs = keras.Input((32, 32, 3))
    tensor = inputs
    for filters in (64, 256, 256):
        tensor = _convolution(tensor, filters, pool_size=2)
        tensor = _convolution(tensor, filters)
    tensor = layers.GlobalMaxPooling2D()(tensor)
    return keras.Model(inputs, layers.Dense(10, dtype="float32")(tensor))


def _convolution(tensor: keras.KerasTensor, filters: int, pool_size: int = 1) -> keras.KerasTensor:
    tensor = layers.Conv2D(filters, 3, padding="same", use_bias=False)(tensor)
    if pool_size > 1:
        tensor = layers.MaxPooling2D(pool_size)(tensor)
    return layers.ReLU()(layers.BatchNormalization()(tensor))


def lstm() -> keras.Model:
    """The last state over 100 words."""
    return keras.Sequential(
        [
            keras.Input((100,)),
            layers.Embedding(10_000, 128),
            layers.LSTM(64),
            layers.Dense(1, dtype="float32"),
        ]
    )


def transformer() -> keras.Model:
    """Two blocks of self-attention over 200 words, normalised before each part."""
    words = keras.Input((200,), dtype="int32")
    mask = ops.not_equal(words, 0)
    tensor = layers.Dense(64)(layers.Embedding(10_000, 64)(words))
    places = layers.Embedding(200, 64)(ops.cumsum(ops.ones_like(words), axis=1) - 1)
    tensor = tensor + places
    for _ in range(2):
        given = layers.LayerNormalization()(tensor)
        attention = layers.MultiHeadAttention(4, 16, use_bias=False)
        tensor = tensor + attention(given, given, attention_mask=ops.expand_dims(mask, 1))
        hidden = layers.Dense(128, activation="gelu")(layers.LayerNormalization()(tensor))
        tensor = tensor + layers.Dense(64)(hidden)
    tensor = layers.LayerNormalization()(tensor)
    vector = layers.GlobalAveragePooling1D()(tensor, mask=mask)
    return keras.Model(words, layers.Dense(1, dtype="float32")(vector))


MODELS: dict[str, Callable[[], keras.Model]] = {
    "mlp": mlp,
    "seed_cnn": seed_cnn,
    "flagship_cnn": flagship_cnn,
    "lstm": lstm,
    "transformer": transformer,
}
