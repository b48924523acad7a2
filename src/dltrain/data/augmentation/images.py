"""Random changes of one image at a time, one kind after the other."""

import tensorflow as tf

from dltrain.config.schema import ImageAugmentationConfig
from dltrain.data.augmentation.boxes import make_cutout
from dltrain.data.augmentation.draws import Augment
from dltrain.data.augmentation.moves import make_moves
from dltrain.data.augmentation.warp import make_warp
from dltrain.dataset_info import DatasetInfo


def make_image_augment(
    config: ImageAugmentationConfig, seed: int, info: DatasetInfo
) -> Augment | None:
    """The function that bends and turns, then mirrors and moves, then blanks out a square.

    Args:
        config: what to do; no number reaches beyond the image.
        seed: the experiment's seed.
        info: for the shape ``(height, width, channels)`` of an image, and its mean pixel.

    Returns:
        A function of images, indices and epoch (see `Augment`), or None when nothing is to do.
    """
    makers = (make_warp, make_moves, make_cutout)
    changes = [change for make in makers if (change := make(config, seed, info)) is not None]
    if not changes:
        return None

    def augment(images: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        for change in changes:
            images = change(images, indices, epoch)
        return images

    return augment
