"""Smooth random displacements of pixels."""

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dltrain.config.schema import ElasticConfig
from dltrain.data.augmentation.draws import random_words, uniform_around_zero
from dltrain.data.augmentation.purposes import ImagePurpose

Displacements = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
MARGIN = 2  # of the noise beyond the image on either side, in units of sigma


def make_displacements(config: ElasticConfig, seed: int, shape: tuple[int, int]) -> Displacements:
    """The function that draws how far each pixel of each image is moved.

    Noise at every pixel, uniform from -1 to 1, smoothed by a Gaussian of sigma pixels and
    multiplied by alpha (Simard et al. 2003, https://doi.org/10.1109/ICDAR.2003.1227801). Noise
    at every sigma-th pixel gives fields of the same variance and the same correlations, to a
    thousandth, for far fewer random numbers.

    Args:
        config: alpha and sigma in pixels.
        seed: the experiment's seed.
        shape: ``(height, width)`` of an image.

    Returns:
        A function of indices and epoch, giving ``(2, batch, height, width)`` float32: pixels
        down and pixels to the right.
    """
    rows, columns = (smoothing(size, config.sigma) for size in shape)
    nodes = rows.shape[1], columns.shape[1]
    count = 2 * nodes[0] * nodes[1]
    purposes = range(ImagePurpose.ELASTIC, ImagePurpose.ELASTIC + count)

    def displacements(indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        words = random_words(seed, purposes, epoch, indices)
        noise = tf.reshape(uniform_around_zero(words, config.alpha), (2, *nodes, -1))
        noise = tf.transpose(noise, (0, 3, 1, 2))
        smooth_rows = tf.matmul(tf.constant(rows, tf.float32), noise)
        return tf.matmul(smooth_rows, tf.constant(columns.T, tf.float32))

    return displacements


def smoothing(size: int, sigma: float) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """How much of the noise at each node reaches each pixel along one axis.

    Args:
        size: pixels.
        sigma: of the Gaussian in pixels, and the distance from node to node.

    Returns:
        ``(size, nodes)``; the squares of a row have the sum that those of a Gaussian over
        all pixels have, so noise of one deviation comes out as strong as it would from there.
    """
    nodes = math.ceil((size - 1) / sigma) + 1 + 2 * MARGIN
    places = (size - 1) / 2 + (np.arange(nodes) - (nodes - 1) / 2) * sigma
    weights = np.exp(-(((np.arange(size)[:, np.newaxis] - places) / sigma) ** 2) / 2)
    squares = np.sum(weights**2, axis=1, keepdims=True)
    strength = 1 / (2 * math.sqrt(math.pi) * sigma)
    return np.asarray(weights * np.sqrt(strength / squares))
