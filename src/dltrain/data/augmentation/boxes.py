"""Rectangles in images, and the square that is blanked out."""

import numpy as np
import tensorflow as tf

from dltrain.config.schema import ImageAugmentationConfig
from dltrain.data.augmentation.draws import Augment, integers, random_words
from dltrain.data.augmentation.purposes import ImagePurpose
from dltrain.dataset_info import DatasetInfo


def make_cutout(config: ImageAugmentationConfig, seed: int, info: DatasetInfo) -> Augment | None:
    """The function that paints a square in the mean colour, or None when nothing is to do.

    Its centre is any pixel of the image, so that at a border only a part of it is seen (DeVries
    and Taylor 2017, https://arxiv.org/abs/1708.04552).

    Args:
        config: for the side of the square in pixels.
        seed: the experiment's seed.
        info: for the shape of an image and its mean pixel.
    """
    if not config.cutout:
        return None
    height, width = info.input_shape[:2]
    colour = np.round(np.array(info.mean))

    def cutout(images: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        row = integers(random_words(seed, ImagePurpose.CUTOUT_ROW, epoch, indices), height)
        column = integers(random_words(seed, ImagePurpose.CUTOUT_COLUMN, epoch, indices), width)
        side = tf.constant(config.cutout, tf.int64)
        covered = boxes(row, column, side, side, shape=(height, width))
        return tf.where(covered, tf.cast(colour, images.dtype), images)

    return cutout


def boxes(
    row: tf.Tensor,
    column: tf.Tensor,
    box_height: tf.Tensor,
    box_width: tf.Tensor,
    *,
    shape: tuple[int, int],
) -> tf.Tensor:
    """The pixels of rectangles around a pixel; what lies outside of the image is not there.

    Args:
        row: ``(batch,)`` int64, the middle one; of an even number, the one behind the middle.
        column: likewise.
        box_height: ``(batch,)`` or ``()`` int64.
        box_width: likewise.
        shape: ``(height, width)`` of an image.

    Returns:
        ``(batch, height, width, 1)`` bool.
    """
    rows = _stretch(row - box_height // 2, box_height, shape[0])
    columns = _stretch(column - box_width // 2, box_width, shape[1])
    return (rows[:, :, tf.newaxis] & columns[:, tf.newaxis, :])[..., tf.newaxis]


def _stretch(first: tf.Tensor, length: tf.Tensor, size: int) -> tf.Tensor:
    end = (first + length)[:, tf.newaxis]
    places = tf.range(size, dtype=tf.int64)
    return (first[:, tf.newaxis] <= places) & (places < end)
