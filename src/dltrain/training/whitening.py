"""A first layer that makes the pixels of a patch uncorrelated."""

from typing import Any

import keras
import numpy as np

from dltrain.data.dataset import Dataset

Array = np.ndarray[Any, Any]

WHITENED_IMAGES = 5_000
AT_A_TIME = 250
EPSILON = 5e-4
"""Added to the variances, so that directions of hardly any do not become noise."""


def whitening_from(dataset: Dataset, kernel: keras.Variable) -> Array:
    """What a whitening layer's kernel begins with, from the first training images.

    Args:
        dataset: images.
        kernel: ``(height, width, channels, filters)``, whose shape says what a patch is.

    Returns:
        Its values, ``(height * width * channels, filters)`` float64.
    """
    images = dataset.examples_of("train").inputs
    chosen = np.sort(dataset.train[:WHITENED_IMAGES])
    squares, count = np.zeros(()), 0
    for first in range(0, len(chosen), AT_A_TIME):
        some = images[chosen[first : first + AT_A_TIME]].astype(np.float64)
        patches = patches_of((some - dataset.info.mean) / dataset.info.standard_deviation, kernel)
        squares, count = squares + patches.T @ patches, count + len(patches)
    return whitening_kernel(squares / count)


def patches_of(images: Array, kernel: keras.Variable) -> Array:
    """Every patch of some images that a kernel sees, ``(patches, height * width * channels)``."""
    windows = np.lib.stride_tricks.sliding_window_view(images, kernel.shape[:2], axis=(1, 2))
    return np.moveaxis(windows, 3, 5).reshape(-1, int(np.prod(kernel.shape[:3])))


def whitening_kernel(covariance: Array) -> Array:
    """Filters whose results over the patches are uncorrelated and of about one size.

    Args:
        covariance: ``(values, values)`` of the values of a patch.

    Returns:
        ``(values, 2 * values)``: the directions of the patches with their first large part
        positive, those of the largest variance first, then the same with the other sign.

    Source: Page 2019, https://myrtle.ai/learn/how-to-train-your-resnet-8-bag-of-tricks/.
    """
    variances, directions = np.linalg.eigh(covariance)
    directions = directions[:, ::-1]
    largest = np.argmax(np.abs(directions), axis=0)
    directions = directions * np.sign(directions[largest, np.arange(len(covariance))])
    scaled = directions / np.sqrt(variances[::-1] + EPSILON)
    return np.concatenate([scaled, -scaled], axis=1)
