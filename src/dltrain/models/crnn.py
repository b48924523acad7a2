"""Stages of convolutions with pooling, then recurrent layers over what is left."""

from functools import partial

import keras

from dltrain.config.schema import CRNNConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.blocks import Norm
from dltrain.models.convolutions import convolved, max_pooled
from dltrain.models.inputs import as_maps
from dltrain.models.recurrent import kept, recurrent_layer, stacked


def build_crnn(
    config: CRNNConfig, inputs: keras.KerasTensor, info: DatasetInfo
) -> keras.KerasTensor:
    """Convolve and pool stage by stage, then read rows, frames, steps or words one after the other.

    Args:
        config: the stages, then the recurrent layers.
        inputs: ``(batch, height, width, channels)`` normalised images,
            ``(batch, frames, mels)`` sound, ``(batch, steps, features)`` sequences or
            ``(batch, words)`` numbers of words.
        info: says which of them it is.

    Returns:
        ``(batch, features)``.
    """
    maps = as_maps(inputs, info, config.embedding, sound_as_image=True)
    for stage, filters in enumerate(config.filters, start=1):
        maps = convolved(
            maps,
            filters,
            config.kernel_size,
            activation=config.activation,
            norm=Norm(config.norm),
            name=f"stage_{stage}_conv_1",
        )
        maps = max_pooled(maps, config.pool_size, f"stage_{stage}_pool")
    steps = maps.tensor
    if maps.axes > 1:
        _, rows, columns, channels = steps.shape
        steps = keras.layers.Reshape((rows, columns * channels), name="rows")(steps)
    layer = partial(recurrent_layer, config, mask=maps.mask)
    return kept(config, stacked(config, steps, layer), maps.mask)
