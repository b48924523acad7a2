"""Convolutions over an image, a sound or a text, with a normalisation and a function after each."""

from dataclasses import dataclass

import keras

from dltrain.models.activations import activation_layer
from dltrain.models.blocks import Norm, normalised
from dltrain.models.text import mask_of_windows, without_padding


@dataclass(frozen=True, kw_only=True)
class Maps:
    """Feature maps, and for a text which of its positions are more than padding.

    Attributes:
        tensor: ``(batch, height, width, channels)``, or ``(batch, steps, channels)``.
        mask: ``(batch, steps)`` bool, or None where nothing is padded. Where it is false
            the maps are zero, as they are beyond the end of a text.
    """

    tensor: keras.KerasTensor
    mask: keras.KerasTensor | None = None

    @property
    def axes(self) -> int:
        """Over how many axes to convolve: 1 or 2."""
        return len(self.tensor.shape) - 2


def convolved(
    maps: Maps,
    filters: int,
    kernel_size: int,
    *,
    activation: str,
    norm: Norm,
    name: str,
    padding: str = "same",
    pool_size: int = 1,
) -> Maps:
    """One convolution, its normalisation and its activation, with a pooling if wanted.

    Args:
        maps: what to convolve.
        filters: channels of the result.
        kernel_size: length along every axis.
        activation: Keras name of the function at the end.
        norm: with one the convolution has no bias. Batch statistics count the zeros of padding.
        name: of the convolution; the other layers' names begin with it.
        padding: ``same`` or ``valid``.
        pool_size: of the pooling, right behind the convolution, where the rest has less to
            do; of a text at the end, where its padding is zero.
    """
    kind = keras.layers.Conv1D if maps.axes == 1 else keras.layers.Conv2D
    layer = kind(filters, kernel_size, padding=padding, use_bias=norm.kind == "none", name=name)
    maps = Maps(tensor=layer(maps.tensor), mask=maps.mask)
    is_text = maps.mask is not None
    if not is_text:
        maps = max_pooled(maps, pool_size, f"{name}_pool")
    tensor = normalised(norm, f"{name}_norm", maps.tensor)
    tensor = activation_layer(activation, f"{name}_{activation}")(tensor)
    mask = maps.mask
    if padding == "valid":
        mask = mask_of_windows(mask, kernel_size, 1, f"{name}_mask")
    maps = Maps(tensor=without_padding(tensor, mask), mask=mask)
    return max_pooled(maps, pool_size, f"{name}_pool") if is_text else maps


def max_pooled(maps: Maps, size: int, name: str) -> Maps:
    """The maximum of each window of that many positions along every axis; 1 changes nothing."""
    if size == 1:
        return maps
    kind = keras.layers.MaxPooling1D if maps.axes == 1 else keras.layers.MaxPooling2D
    tensor = kind(size, name=name)(maps.tensor)
    return Maps(tensor=tensor, mask=mask_of_windows(maps.mask, size, size, f"{name}_mask"))
