"""Stages of convolutions, each closed by a pooling, then a fully connected head."""

import keras

from dltrain.config.schema import CNNConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.activations import activation_layer
from dltrain.models.blocks import Norm, hidden_layers
from dltrain.models.convolutions import Maps, convolved, max_pooled
from dltrain.models.inputs import as_maps
from dltrain.models.sequence import pooled

WHITENING = "whitening"
"""The layer whose kernel is taken from training images."""

HEADS_2D = {
    "average": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
}


def build_cnn(config: CNNConfig, inputs: keras.KerasTensor, info: DatasetInfo) -> keras.KerasTensor:
    """Convolve and pool stage by stage, then make a vector of what is left.

    Padding at the end of a text is zero before each convolution and left out of the mean
    and the maximum. Only the last word or two can tell how much of it there is: where a
    text fills its place to the end, windows that would reach beyond it are not pooled.

    Args:
        config: filters per stage, kernel, pooling and head.
        inputs: ``(batch, height, width, channels)`` normalised images,
            ``(batch, frames, mels)`` sound, ``(batch, steps, features)`` sequences or
            ``(batch, words)`` numbers of words.
        info: says which of them it is.

    Returns:
        ``(batch, features)``.
    """
    maps = as_maps(
        inputs, info, config.embedding, sound_as_image=config.audio_axes == "time_frequency"
    )
    maps = _whitened(config, maps)
    stages = zip(config.filters, config.pool_sizes(), strict=True)
    for stage, (filters, pool_size) in enumerate(stages, start=1):
        maps = _stage(config, filters, pool_size, f"stage_{stage}", maps)
    tensor = _head(config.head, maps)
    if config.dropout:
        tensor = keras.layers.Dropout(config.dropout, name="features_dropout")(tensor)
    return hidden_layers(
        tensor,
        config.hidden_units,
        activation=config.activation,
        norm="none",
        dropout=config.dropout,
    )


def _whitened(config: CNNConfig, maps: Maps) -> Maps:
    """Patches of pixels as uncorrelated numbers, each with both signs; made of data when a training begins."""
    side = config.whitening
    if side is None:
        return maps
    filters = 2 * side * side * maps.tensor.shape[-1]
    layer = keras.layers.Conv2D(
        filters, side, use_bias=False, trainable=False, name=WHITENING, padding="valid"
    )
    name = f"{WHITENING}_{config.activation}"
    activation = activation_layer(config.activation, name)
    return Maps(tensor=activation(layer(maps.tensor)))


def _stage(config: CNNConfig, filters: int, pool_size: int, name: str, maps: Maps) -> Maps:
    """Convolutions, the residual ones after the others; the pooling after the first or at the end."""
    pool_first = config.pool_after == "first"
    for index in range(1, config.convolutions_per_stage + 1):
        pool = pool_size if pool_first and index == 1 else 1
        maps = _convolution(config, filters, f"{name}_conv_{index}", maps, config.padding, pool)
    if config.residual:
        maps = _with_residual(config, filters, name, maps)
    return maps if pool_first else max_pooled(maps, pool_size, f"{name}_pool")


def _with_residual(config: CNNConfig, filters: int, name: str, maps: Maps) -> Maps:
    """Two more convolutions, always of the same size, added to what they are given."""
    result = maps
    for index in (1, 2):
        result = _convolution(config, filters, f"{name}_residual_{index}", result, "same")
    tensor = keras.layers.Add(name=f"{name}_add")([maps.tensor, result.tensor])
    return Maps(tensor=tensor, mask=maps.mask)


def _convolution(
    config: CNNConfig, filters: int, name: str, maps: Maps, padding: str, pool_size: int = 1
) -> Maps:
    return convolved(
        maps,
        filters,
        config.kernel_size,
        activation=config.activation,
        norm=Norm(config.norm, config.norm_momentum, config.norm_scale),
        name=name,
        padding=padding,
        pool_size=pool_size,
    )


def _head(head: str, maps: Maps) -> keras.KerasTensor:
    if head == "flatten":
        return keras.layers.Flatten(name="flatten")(maps.tensor)
    if maps.axes == 1:
        return pooled(head, maps.tensor, maps.mask)
    if head != "average_and_max":
        return HEADS_2D[head](name=head)(maps.tensor)
    both = [layer(name=name)(maps.tensor) for name, layer in HEADS_2D.items()]
    return keras.layers.Concatenate(name=head)(both)
