"""Each training image or sound mixed with the one before it in the batch, and how much of it is left.

The partner is chosen by the order of the whole batch, so that replicas, parts of a batch and a
resumed run mix alike: the one before, and for the first one the last.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.config.schema import AudioAugmentationConfig, ImageAugmentationConfig
from dltrain.data.augmentation.boxes import boxes
from dltrain.data.augmentation.draws import integers, random_words
from dltrain.data.augmentation.purposes import AudioPurpose, ImagePurpose
from dltrain.dataset_info import DatasetInfo

Mix = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
"""A function of examples ``(1 + batch, ...)``, each of which stands behind its partner, of their
int32 indices ``(1 + batch,)`` and the int32 epoch ``()``; gives the mixed ones ``(batch, ...)``
of the same dtype and the share ``(batch,)`` float32 of each in its mixture."""

QUANTILES = 4096


def make_image_mix(config: ImageAugmentationConfig, seed: int, info: DatasetInfo) -> Mix | None:
    """The function that mixes images as the config asks, or None when it asks for nothing.

    Mixup adds shares of both (Zhang et al. 2018, https://arxiv.org/abs/1710.09412); cutmix puts a
    rectangle of the partner, at the same place, into the image (Yun et al. 2019,
    https://arxiv.org/abs/1905.04899). Where both are wanted, each image gets one of them.

    Args:
        config: what to do.
        seed: the experiment's seed.
        info: for the shape ``(height, width, channels)`` of an image.
    """
    if not (config.mixup or config.cutmix):
        return None
    shape = info.input_shape[0], info.input_shape[1]

    def mix(images: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        kept = _kept(config, seed, indices[1:], epoch, shape)
        own, partners = tf.cast(images[1:], tf.float32), tf.cast(images[:-1], tf.float32)
        mixed = tf.cast(tf.round(partners + kept * (own - partners)), images.dtype)
        return mixed, tf.reduce_mean(kept, axis=(1, 2, 3))

    return mix


def make_sound_mix(config: AudioAugmentationConfig, seed: int) -> Mix | None:
    """The function that mixes sounds as the config asks, or None when it asks for nothing.

    Shares of both are added as logarithms (Zhang et al. 2018, https://arxiv.org/abs/1710.09412), so
    that a half of each is heard in either's pauses too; of energies, the louder would hide the other.

    Args:
        config: what to do.
        seed: the experiment's seed.
    """
    if not config.mixup:
        return None

    def mix(sounds: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        words = random_words(seed, AudioPurpose.MIX, epoch, indices[1:])
        kept = _share(config.mixup, integers(words, QUANTILES))
        partners = sounds[:-1]
        return partners + kept[:, np.newaxis, np.newaxis] * (sounds[1:] - partners), kept

    return mix


def _kept(
    config: ImageAugmentationConfig,
    seed: int,
    indices: tf.Tensor,
    epoch: tf.Tensor,
    shape: tuple[int, int],
) -> tf.Tensor:
    """What part of each pixel stays, ``(batch, height, width, 1)`` float32."""

    def words(purpose: ImagePurpose) -> tf.Tensor:
        return random_words(seed, purpose, epoch, indices)

    quantile = integers(words(ImagePurpose.MIX), QUANTILES)
    row = integers(words(ImagePurpose.CUTMIX_ROW), shape[0])
    column = integers(words(ImagePurpose.CUTMIX_COLUMN), shape[1])

    def mixup() -> tf.Tensor:
        return (
            tf.ones((*shape, 1))
            * _share(config.mixup, quantile)[:, np.newaxis, np.newaxis, np.newaxis]
        )

    def cutmix() -> tf.Tensor:
        side = tf.sqrt(1.0 - _share(config.cutmix, quantile))
        sizes = [tf.cast(tf.floor(side * size), tf.int64) for size in shape]
        return 1.0 - tf.cast(boxes(row, column, *sizes, shape=shape), tf.float32)

    if not config.cutmix:
        return mixup()
    if not config.mixup:
        return cutmix()
    is_mixup = tf.equal(integers(words(ImagePurpose.MIX_KIND), 2), 0)
    return tf.where(is_mixup[:, np.newaxis, np.newaxis, np.newaxis], mixup(), cutmix())


def _share(alpha: float, quantile: tf.Tensor) -> tf.Tensor:
    """A number of a Beta(alpha, alpha) distribution for each of the equally likely quantiles."""
    return tf.gather(tf.constant(beta_quantiles(alpha), tf.float32), quantile)


def beta_quantiles(alpha: float) -> np.ndarray[Any, Any]:
    """Numbers from 0 to 1 that a Beta(alpha, alpha) distribution makes equally likely.

    The density has poles at 0 and 1 for an alpha below 1. In powers ``t = x ** alpha`` it has
    none below one half, and the other half is its mirror image.

    Args:
        alpha: from above 0 to 10.

    Returns:
        ``(QUANTILES,)``, rising.
    """
    x = np.linspace(0.0, 0.5, 10_001)
    t, density = x**alpha, (1 - x) ** (alpha - 1)
    below = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) * np.diff(t))])
    chances = (np.arange(QUANTILES // 2) + 0.5) / QUANTILES
    lower = np.interp(chances, below / (2 * below[-1]), t) ** (1 / alpha)
    return np.concatenate([lower, 1 - lower[::-1]])
