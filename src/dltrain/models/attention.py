"""Self-attention as four fully connected layers and two batched matrix products.

`keras.layers.MultiHeadAttention` computes the same, but multiplies and masks each score of each
pair of tokens in passes of their own, forward and backward; on a CPU those passes over memory
cost more than the arithmetic.
"""

import keras

from dltrain.models.attention_parts import AttentionInParts, attend
from dltrain.models.sequence import LOWEST
from dltrain.models.training_layers import trains_on_cpu


def self_attention(
    tensor: keras.KerasTensor, heads: int, name: str, mask: keras.KerasTensor | None = None
) -> keras.KerasTensor:
    """Every token looks at every other, in several ways at once (Vaswani et al. 2017).

    A token alone sees itself, and nothing asks how much. No part has a bias: a key's would
    change nothing, and the layers behind have one for the others.

    Args:
        tensor: ``(batch, tokens, dim)``.
        heads: ways to look, which share ``dim`` between them.
        name: what the names of its layers begin with.
        mask: ``(batch, tokens)`` bool, false at padding, which nothing looks at; or None.

    Returns:
        ``(batch, tokens, dim)``.
    """
    _, tokens, dim = tensor.shape
    size = dim // heads
    variance = 2 / (heads + size)
    value = _by_head(_projected(tensor, f"{name}_value", variance), heads)
    seen = value  # of a token alone
    if tokens > 1:
        query, key = (
            _by_head(_projected(tensor, f"{name}_{part}", variance), heads)
            for part in ("query", "key")
        )
        query *= size**-0.5  # here, where a token has few numbers, not one for each other token
        padding = None if mask is None else _lowest_at_padding(mask, query.dtype)
        see = AttentionInParts(name=name) if trains_on_cpu() else attend
        seen = see(query, key, value, padding)
    joined = keras.ops.reshape(keras.ops.transpose(seen, (0, 2, 1, 3)), (-1, tokens, dim))
    return _projected(joined, f"{name}_output", 2 / (1 + heads))


def _projected(tensor: keras.KerasTensor, name: str, variance: float) -> keras.KerasTensor:
    """Weights begin as small as those of Keras's own layer, which counts heads as positions.

    Its glorot initialisation has that part of a fully connected layer's variance.
    """
    begin = keras.initializers.VarianceScaling(variance, "fan_avg", "uniform")
    units = tensor.shape[-1]
    return keras.layers.Dense(units, use_bias=False, kernel_initializer=begin, name=name)(tensor)


def _by_head(tensor: keras.KerasTensor, heads: int) -> keras.KerasTensor:
    """From ``(batch, tokens, dim)`` to ``(batch, heads, tokens, dim / heads)``."""
    _, tokens, dim = tensor.shape
    split = keras.ops.reshape(tensor, (-1, tokens, heads, dim // heads))
    return keras.ops.transpose(split, (0, 2, 1, 3))


def _lowest_at_padding(mask: keras.KerasTensor, dtype: str) -> keras.KerasTensor:
    """``(batch, 1, 1, tokens)``: added to the scores it leaves those of padding no weight."""
    padding = keras.ops.cast(keras.ops.logical_not(mask), dtype) * LOWEST
    return keras.ops.expand_dims(padding, (1, 2))
