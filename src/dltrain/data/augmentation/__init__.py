"""Random changes of training examples, made inside the compiled training step.

Every draw is a function of (seed, epoch, example, purpose), so an example is changed alike in
whatever batch, on whatever replica and in whatever resumed run it comes up.
"""

from typing import Any

import numpy as np

from dltrain.config.schema import DataConfig
from dltrain.config.schema.data import ImageSection, ImdbConfig, SpeechCommandsConfig
from dltrain.data.augmentation.audio import make_audio_augment
from dltrain.data.augmentation.draws import Augment
from dltrain.data.augmentation.images import make_image_augment
from dltrain.data.augmentation.mixing import Mix, make_image_mix, make_sound_mix
from dltrain.data.augmentation.texts import make_text_augment
from dltrain.data.examples import Examples
from dltrain.dataset_info import DatasetInfo

__all__ = ["Augment", "Mix", "examples_before", "make_augment", "make_mix"]


def make_augment(
    config: DataConfig,
    seed: int,
    info: DatasetInfo,
    examples: Examples,
    train: np.ndarray[Any, Any],
) -> Augment | None:
    """The function that changes a batch as the config asks, or None when it asks for nothing.

    Args:
        config: the experiment's data section.
        seed: the experiment's seed.
        info: shape of an example, and for sounds the mean and the class names.
        examples: the stored training examples.
        train: which of them are trained on.

    Raises:
        DataError: background noise is wanted and no training example holds any.
    """
    if isinstance(config, ImageSection) and config.augmentation is not None:
        return make_image_augment(config.augmentation, seed, info)
    if isinstance(config, SpeechCommandsConfig) and config.augmentation is not None:
        return make_audio_augment(config.augmentation, seed, info, examples, train)
    if isinstance(config, ImdbConfig) and config.augmentation is not None:
        return make_text_augment(config.augmentation, seed)
    return None


def make_mix(config: DataConfig, seed: int, info: DatasetInfo) -> Mix | None:
    """The function that mixes the examples of a batch as the config asks, or None.

    Args:
        config: the experiment's data section.
        seed: the experiment's seed.
        info: shape of an example.
    """
    if isinstance(config, ImageSection) and config.augmentation is not None:
        return make_image_mix(config.augmentation, seed, info)
    if isinstance(config, SpeechCommandsConfig) and config.augmentation is not None:
        return make_sound_mix(config.augmentation, seed)
    return None


def examples_before(config: DataConfig) -> int:
    """How many examples stand before each share of a batch only to be mixed into it: 1 or 0."""
    if isinstance(config, ImageSection) and config.augmentation is not None:
        return int(config.augmentation.mixup > 0.0 or config.augmentation.cutmix > 0.0)
    if isinstance(config, SpeechCommandsConfig) and config.augmentation is not None:
        return int(config.augmentation.mixup > 0.0)
    return 0
