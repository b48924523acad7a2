"""From an example to the tokens of a transformer, and how a token knows where it stands."""

import math

import keras
import numpy as np

from dltrain.config.schema import TransformerConfig
from dltrain.models.blocks import Norm
from dltrain.models.convolutions import Maps, convolved, max_pooled
from dltrain.models.text import mask_of_windows

LONGEST_WAVE = 10_000.0  # of sinusoidal positions, in tokens over 2 pi


def tokens_of(config: TransformerConfig, maps: Maps) -> Maps:
    """Tokens in reading order, each knowing its place; what fills no whole token is left out.

    Args:
        config: patches or convolutions, their size, and the kind of positions.
        maps: an image, sound with mel bands as channels, a sequence with features as
            channels, or embedded words.

    Returns:
        ``(batch, tokens, dim)``, with the mask of a text: a token is padding when all its
        words are.
    """
    make = _convolutions if config.tokens == "convolutions" else _patches
    maps = make(config, maps)
    tensor = maps.tensor
    if maps.axes > 1:
        count = tensor.shape[1] * tensor.shape[2]
        tensor = keras.layers.Reshape((count, config.dim), name="tokens")(tensor)
    return Maps(tensor=_placed(config.positions, tensor), mask=maps.mask)


def _patches(config: TransformerConfig, maps: Maps) -> Maps:
    size = config.patch_size
    kind = keras.layers.Conv1D if maps.axes == 1 else keras.layers.Conv2D
    tensor = kind(config.dim, size, strides=size, name="patches")(maps.tensor)
    mask = maps.mask if size == 1 else mask_of_windows(maps.mask, size, size, "patches_mask")
    return Maps(tensor=tensor, mask=mask)


def _convolutions(config: TransformerConfig, maps: Maps) -> Maps:
    """A convolution and a pooling for each halving; each but the last with half the filters of the next."""
    stages = int(math.log2(config.patch_size))
    for stage in range(1, stages + 1):
        filters = max(1, config.dim // 2 ** (stages - stage))
        name = f"tokens_conv_{stage}"
        maps = convolved(maps, filters, 3, activation="relu", norm=Norm("none"), name=name)
        maps = max_pooled(maps, 2, f"tokens_pool_{stage}")
    return maps


def _placed(positions: str, tokens: keras.KerasTensor) -> keras.KerasTensor:
    if positions == "none":
        return tokens
    _, count, dim = tokens.shape
    if positions == "sinusoidal":
        table = sinusoids(count, dim).tolist()
        return keras.layers.Rescaling(1.0, table, name="positions")(tokens)
    # The layer needs an input that comes from the model's; a constant would leave it outside.
    places = keras.ops.zeros_like(tokens[:1, :, 0], dtype="int32") + np.arange(count, dtype="int32")
    initializer = keras.initializers.RandomNormal(stddev=0.02)
    layer = keras.layers.Embedding(count, dim, embeddings_initializer=initializer, name="positions")
    return keras.layers.Add(name="placed")([tokens, layer(places)])


def sinusoids(count: int, dim: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Waves of growing length: ``(count, dim)`` sines, then cosines (Vaswani et al. 2017)."""
    waves = (dim + 1) // 2
    rates = LONGEST_WAVE ** -(np.arange(waves) / waves)
    angles = np.arange(count)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :dim].astype(np.float32)
