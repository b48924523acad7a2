"""Self-attention over tokens: words, patches of an image, or frames of sound."""

import keras

from dltrain.config.schema import TransformerConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.activations import activation_layer
from dltrain.models.attention import self_attention
from dltrain.models.inputs import as_maps
from dltrain.models.layer_norm import layer_norm
from dltrain.models.sequence import attention_pooled, pooled
from dltrain.models.tokens import tokens_of


def build_transformer(
    config: TransformerConfig, inputs: keras.KerasTensor, info: DatasetInfo
) -> keras.KerasTensor:
    """Make tokens, let them see each other block by block, and make one vector of them.

    Args:
        config: the tokens, the blocks and the pooling.
        inputs: ``(batch, height, width, channels)`` normalised images,
            ``(batch, frames, mels)`` sound, ``(batch, steps, features)`` sequences or
            ``(batch, words)`` numbers of words.
        info: says which of them it is.

    Returns:
        ``(batch, dim)``.
    """
    maps = as_maps(inputs, info, config.embedding, sound_as_image=False)
    maps = tokens_of(config, maps)
    tensor, mask = maps.tensor, maps.mask
    for index in range(1, config.depth + 1):
        tensor = _block(config, index, tensor, mask)
    if config.norm == "pre":
        tensor = layer_norm("norm")(tensor)
    attends = config.pooling == "attention"
    vector = attention_pooled(tensor, mask) if attends else pooled(config.pooling, tensor, mask)
    return _dropped(config.dropout, vector, "features_dropout")


def _block(
    config: TransformerConfig, index: int, tensor: keras.KerasTensor, mask: keras.KerasTensor | None
) -> keras.KerasTensor:
    """Self-attention, then two fully connected layers if any, each added to what it is given."""
    name = f"block_{index}"
    share = _share_that_stays(config, index, tensor)
    parts = {"attention": _attention} | ({"mlp": _mlp} if config.mlp_ratio else {})
    for part, function in parts.items():
        kind = f"{name}_{part}"
        given = layer_norm(f"{kind}_norm")(tensor) if config.norm == "pre" else tensor
        result = function(config, kind, given, mask)
        result = _dropped(config.dropout, result, f"{kind}_dropout")
        if share is not None:
            result = result * share
        if config.residual:
            result = keras.layers.Add(name=f"{kind}_add")([tensor, result])
        tensor = layer_norm(f"{kind}_norm")(result) if config.norm == "post" else result
    return tensor


def _share_that_stays(
    config: TransformerConfig, index: int, tensor: keras.KerasTensor
) -> keras.KerasTensor | None:
    """``(batch, 1, 1)``: 0 for the examples that skip this block, above 1 for the others."""
    rate = config.stochastic_depth * index / config.depth
    if rate == 0.0:
        return None
    one = keras.ops.ones_like(tensor[:, :1, :1])
    return keras.layers.Dropout(rate, name=f"block_{index}_stochastic_depth")(one)


def _attention(
    config: TransformerConfig, name: str, tensor: keras.KerasTensor, mask: keras.KerasTensor | None
) -> keras.KerasTensor:
    return self_attention(tensor, config.heads, name, mask)


def _mlp(
    config: TransformerConfig,
    name: str,
    tensor: keras.KerasTensor,
    mask: keras.KerasTensor | None,  # noqa: ARG001 - each token for itself
) -> keras.KerasTensor:
    hidden = keras.layers.Dense(config.dim * config.mlp_ratio, name=f"{name}_hidden")(tensor)
    hidden = activation_layer(config.activation, f"{name}_{config.activation}")(hidden)
    return keras.layers.Dense(config.dim, name=f"{name}_output")(hidden)


def _dropped(rate: float, tensor: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return keras.layers.Dropout(rate, name=name)(tensor) if rate else tensor
