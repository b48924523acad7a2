"""Images drawn again from fractional places: turned, scaled, slanted and bent."""

import numpy as np
import tensorflow as tf

from dltrain.config.schema import ImageAugmentationConfig
from dltrain.data.augmentation.draws import (
    Augment,
    integers,
    random_words,
    uniform_around_zero,
)
from dltrain.data.augmentation.elastic import make_displacements
from dltrain.data.augmentation.purposes import ImagePurpose
from dltrain.dataset_info import DatasetInfo

ANGLES = 4097
Places = tuple[tf.Tensor, tf.Tensor]
"""Row and column from which each pixel is drawn, ``(batch, height, width)`` float32."""


def make_warp(config: ImageAugmentationConfig, seed: int, info: DatasetInfo) -> Augment | None:
    """The function that turns, slants, scales and bends in one go, or None when nothing is to do.

    Args:
        config: what to do.
        seed: the experiment's seed.
        info: for the shape ``(height, width, channels)`` of an image.
    """
    is_affine = config.rotate > 0.0 or config.scale > 0.0 or config.shear > 0.0
    if not is_affine and config.elastic is None:
        return None
    shape = info.input_shape[0], info.input_shape[1]
    displacements = make_displacements(config.elastic, seed, shape) if config.elastic else None

    def warp(images: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        places = affine_places(draw_matrix(config, seed, epoch, indices), shape)
        if displacements is not None:
            moved = displacements(indices, epoch)
            places = places[0] + moved[0], places[1] + moved[1]
        return sampled(images, places)

    return warp


def draw_matrix(
    config: ImageAugmentationConfig, seed: int, epoch: tf.Tensor, indices: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """The map of each image, as `source_matrix` returns it.

    Sines come from a table, because TensorFlow's own differ in their last digit with the place
    of a number in the batch.
    """

    def words(purpose: ImagePurpose) -> tf.Tensor:
        return random_words(seed, purpose, epoch, indices)

    angles = np.radians(np.linspace(-config.rotate, config.rotate, ANGLES))
    angle = integers(words(ImagePurpose.ROTATE), ANGLES)
    return source_matrix(
        cosine=tf.gather(tf.constant(np.cos(angles), tf.float32), angle),
        sine=tf.gather(tf.constant(np.sin(angles), tf.float32), angle),
        slant=uniform_around_zero(words(ImagePurpose.SHEAR), config.shear),
        factor=1.0 + uniform_around_zero(words(ImagePurpose.SCALE), config.scale),
    )


def source_matrix(
    *, cosine: tf.Tensor, sine: tf.Tensor, slant: tf.Tensor, factor: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """What undoes scaling, then slanting, then turning, all ``(batch,)``.

    Args:
        cosine: of the angle, counter-clockwise as one sees the image.
        sine: of it.
        slant: by how many pixels a row is moved to the right for each row it is further down.
        factor: how many times as large everything is made.

    Returns:
        ``a, b, c, d``: the pixel at (row, column) from the centre is drawn from
        ``(a * row + b * column, c * row + d * column)``.
    """
    a, b = cosine, sine
    c, d = -sine - slant * cosine, cosine - slant * sine
    return a / factor, b / factor, c / factor, d / factor


def affine_places(matrix: tuple[tf.Tensor, ...], shape: tuple[int, int]) -> Places:
    """Where each pixel comes from under a linear map about the centre of the image.

    Args:
        matrix: of `source_matrix`.
        shape: ``(height, width)`` of an image.
    """
    a, b, c, d = (entry[:, tf.newaxis, tf.newaxis] for entry in matrix)
    middle = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    rows = tf.range(shape[0], dtype=tf.float32)[:, tf.newaxis] - middle[0]
    columns = tf.range(shape[1], dtype=tf.float32) - middle[1]
    return a * rows + b * columns + middle[0], c * rows + d * columns + middle[1]


def sampled(images: tf.Tensor, places: Places) -> tf.Tensor:
    """Images drawn from fractional places between four pixels, rounded; outside is black.

    Args:
        images: ``(batch, height, width, channels)``.
        places: row and column of each pixel's source.

    Returns:
        Images of the same shape and dtype.
    """
    height, width, channels = images.shape[1:]
    rows = tf.clip_by_value(places[0], -1.0, height) + 1.0  # counted in the padded image
    columns = tf.clip_by_value(places[1], -1.0, width) + 1.0
    top, left = tf.floor(rows), tf.floor(columns)
    below, right = (rows - top)[..., tf.newaxis], (columns - left)[..., tf.newaxis]
    # One more black row and column: of a place at the very end, the next pixel has no weight.
    padded = tf.pad(images, [[0, 0], [1, 2], [1, 2], [0, 0]])
    stride = width + 3
    first = tf.range(tf.shape(images, tf.int64)[0])[:, tf.newaxis, tf.newaxis]
    corner = first * ((height + 3) * stride) + tf.cast(top, tf.int64) * stride
    corner += tf.cast(left, tf.int64)
    pixels = tf.reshape(padded, (-1, channels))

    def pixel(distance: int) -> tf.Tensor:
        return tf.cast(tf.gather(pixels, corner + distance), tf.float32)

    upper = pixel(0) + right * (pixel(1) - pixel(0))
    lower = pixel(stride) + right * (pixel(stride + 1) - pixel(stride))
    return tf.cast(tf.round(upper + below * (lower - upper)), images.dtype)
