"""What convolutions and self-attention see of an example."""

import keras

from dltrain.config.schema.models import EmbeddingConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.convolutions import Maps
from dltrain.models.text import embedded, without_padding


def as_maps(
    tensor: keras.KerasTensor,
    info: DatasetInfo,
    embedding: EmbeddingConfig,
    *,
    sound_as_image: bool,
) -> Maps:
    """Feature maps of an example as the model gets it.

    Args:
        tensor: ``(batch, height, width, channels)``, ``(batch, frames, mels)``,
            ``(batch, steps, features)`` with features as channels, or ``(batch, words)``.
        info: says which of them it is.
        embedding: how words become vectors.
        sound_as_image: whether mel bands are a second axis, or channels.
    """
    if info.modality == "text":
        vectors, mask = embedded(embedding, tensor, info)
        return Maps(tensor=without_padding(vectors, mask), mask=mask)
    if info.modality == "audio" and sound_as_image:
        layer = keras.layers.Reshape((*tensor.shape[1:], 1), name="one_channel")
        return Maps(tensor=layer(tensor))
    return Maps(tensor=tensor)
