"""Recurrent layers that read an example step by step: words, frames, or rows of an image."""

from functools import partial

import keras

from dltrain.config.schema import LSTMConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.recurrent import kept, recurrent_layer, stacked
from dltrain.models.text import embedded


def build_lstm(
    config: LSTMConfig, inputs: keras.KerasTensor, info: DatasetInfo
) -> keras.KerasTensor:
    """Read the steps of an example and keep what ``pooling`` says.

    Args:
        config: the cell, its layers, and what a step is.
        inputs: ``(batch, height, width, channels)`` normalised images,
            ``(batch, frames, mels)`` sound, ``(batch, steps, features)`` sequences or
            ``(batch, words)`` numbers of words.
        info: says which of them it is.

    Returns:
        ``(batch, features)``.
    """
    if info.modality == "text":
        return _read_text(config, inputs, info)
    if info.modality == "image" and config.image_steps == "sweeps":
        return _sweep_image(config, inputs)
    steps = inputs
    if info.modality == "image":
        steps = _rows(inputs)
    elif info.modality == "audio":
        steps = _joined_frames(config, inputs)
    return kept(config, stacked(config, steps, partial(recurrent_layer, config)))


def _rows(image: keras.KerasTensor) -> keras.KerasTensor:
    _, height, width, channels = image.shape
    return keras.layers.Reshape((height, width * channels), name="rows")(image)


def _joined_frames(config: LSTMConfig, sound: keras.KerasTensor) -> keras.KerasTensor:
    """``frames_per_step`` frames side by side; those left over at the end are not read."""
    joined = config.frames_per_step
    if joined == 1:
        return sound
    steps, mels = sound.shape[1] // joined, sound.shape[2]
    layer = keras.layers.Reshape((steps, joined * mels), name="steps")
    return layer(sound[:, : steps * joined])


def _read_text(
    config: LSTMConfig, words: keras.KerasTensor, info: DatasetInfo
) -> keras.KerasTensor:
    """Read words, or all segments of all texts side by side (Johnson and Zhang 2016).

    What is kept is that of the whole text: with ``last``, the forward state after the last
    word, read from the beginning of its segment on.
    """
    length = config.segment_length or words.shape[1]
    vectors, mask = embedded(config.embedding, words, info)
    if length == words.shape[1]:
        layer = partial(recurrent_layer, config, mask=mask)
        return kept(config, stacked(config, vectors, layer), mask)
    segments = keras.ops.reshape(vectors, (-1, length, config.embedding.units))
    layer = partial(recurrent_layer, config, mask=keras.ops.reshape(mask, (-1, length)))
    states = stacked(config, segments, layer)
    states = keras.ops.reshape(states, (-1, words.shape[1], states.shape[2]))
    return kept(config, states, mask)


def _sweep_image(config: LSTMConfig, image: keras.KerasTensor) -> keras.KerasTensor:
    """Each layer reads patches along every row, then its results along every column.

    All rows, then all columns, of all images are read side by side (Visin et al. 2015).
    """
    states = stacked(config, _patches(image, config.patch_size), partial(_sweep, config))
    _, rows, columns, features = states.shape
    line = keras.layers.Reshape((rows * columns, features), name="positions")
    return kept(config, line(states))


def _patches(image: keras.KerasTensor, size: int) -> keras.KerasTensor:
    """``(batch, rows, columns, size * size * channels)``; the patches fill the image."""
    _, height, width, channels = image.shape
    rows, columns = height // size, width // size
    tensor = keras.layers.Reshape((rows, size, columns, size * channels), name="bands")(image)
    tensor = keras.layers.Permute((1, 3, 2, 4), name="blocks")(tensor)
    return keras.layers.Reshape((rows, columns, size * size * channels), name="patches")(tensor)


def _sweep(
    config: LSTMConfig, units: int, name: str, tensor: keras.KerasTensor
) -> keras.KerasTensor:
    tensor = _along_rows(config, units, f"{name}_rows", tensor)
    tensor = keras.layers.Permute((2, 1, 3), name=f"{name}_turned")(tensor)
    tensor = _along_rows(config, units, f"{name}_columns", tensor)
    return keras.layers.Permute((2, 1, 3), name=f"{name}_turned_back")(tensor)


def _along_rows(
    config: LSTMConfig, units: int, name: str, tensor: keras.KerasTensor
) -> keras.KerasTensor:
    _, rows, columns, features = tensor.shape
    lines = keras.ops.reshape(tensor, (-1, columns, features))
    states = recurrent_layer(config, units, name, lines)
    return keras.ops.reshape(states, (-1, rows, columns, states.shape[2]))
