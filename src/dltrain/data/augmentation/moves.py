"""Random mirroring and moving of images, as a choice of rows and of columns.

Every change here keeps rows rows and columns columns, so all of them together are two
gathers, exact for uint8. Mirrored borders come from arithmetic on the indices and not from
padding; black ones from an additional black row and column.
"""

import tensorflow as tf

from dltrain.config.schema import ImageAugmentationConfig
from dltrain.data.augmentation.draws import Augment, integers, integers_around_zero, random_words
from dltrain.data.augmentation.purposes import ImagePurpose
from dltrain.dataset_info import DatasetInfo


def make_moves(config: ImageAugmentationConfig, seed: int, info: DatasetInfo) -> Augment | None:
    """The function that flips, crops and translates images, in this order.

    Args:
        config: what to do; ``pad_and_crop`` and ``translate`` are smaller than the image.
        seed: the experiment's seed.
        info: for the shape ``(height, width, channels)`` of an image.

    Returns:
        A function of images, indices and epoch (see `Augment`), or None when nothing is to do.
    """
    moves = config.translate > 0 or config.pad_and_crop > 0
    if config.flip == "none" and not moves:
        return None
    height, width = info.input_shape[:2]

    def augment(images: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        def around_zero(purpose: ImagePurpose, largest: int) -> tf.Tensor:
            return integers_around_zero(random_words(seed, purpose, epoch, indices), largest)

        columns = sources(
            width,
            flipped=is_flipped(config, seed, epoch, indices),
            crop=around_zero(ImagePurpose.CROP_COLUMNS, config.pad_and_crop),
            shift=around_zero(ImagePurpose.TRANSLATE_COLUMNS, config.translate),
        )
        rows = sources(
            height,
            flipped=tf.zeros_like(indices, tf.bool),
            crop=around_zero(ImagePurpose.CROP_ROWS, config.pad_and_crop),
            shift=around_zero(ImagePurpose.TRANSLATE_ROWS, config.translate),
        )
        if config.translate:
            images = tf.pad(images, [[0, 0], [0, 1], [0, 1], [0, 0]])
        if moves:
            images = tf.gather(images, rows, axis=1, batch_dims=1)
        return tf.gather(images, columns, axis=2, batch_dims=1)

    return augment


def is_flipped(
    config: ImageAugmentationConfig, seed: int, epoch: tf.Tensor, indices: tf.Tensor
) -> tf.Tensor:
    """Which images are mirrored in this epoch, ``(batch,)`` bool.

    ``alternating`` draws the orientation of an image once and turns it over in every epoch, so
    that two epochs in a row show all there is to see (Jordan 2024, https://arxiv.org/abs/2404.00498).
    """
    if config.flip == "none":
        return tf.zeros_like(indices, tf.bool)
    if config.flip == "random":
        return tf.equal(integers(random_words(seed, ImagePurpose.FLIP, epoch, indices), 2), 1)
    first = integers(random_words(seed, ImagePurpose.FLIP, tf.zeros_like(epoch), indices), 2)
    return tf.equal((first + tf.cast(epoch, tf.int64)) % 2, 1)


def sources(size: int, *, flipped: tf.Tensor, crop: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Which row (or column) of a stored image each row (or column) of the changed one shows.

    Args:
        size: rows (or columns) of an image.
        flipped: ``(batch,)`` bool, whether their order is reversed first.
        crop: ``(batch,)`` int64, where the cut begins, counted from the corner of the image
            inside its mirrored border; its amount is smaller than ``size``.
        shift: ``(batch,)`` int64, by how much all is moved at last, down (or right).

    Returns:
        ``(batch, size)`` int64; ``size`` itself stands for black.
    """
    cut = tf.range(size, dtype=tf.int64) - shift[:, tf.newaxis]
    mirrored = cut + crop[:, tf.newaxis]
    mirrored = size - 1 - tf.abs(size - 1 - tf.abs(mirrored))
    stored = tf.where(flipped[:, tf.newaxis], size - 1 - mirrored, mirrored)
    return tf.where((cut >= 0) & (cut < size), stored, size)
