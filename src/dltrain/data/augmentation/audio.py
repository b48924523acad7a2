"""Random changes of log-mel features: speed and pitch, shifts, background noise, blanked stretches."""

from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.config.schema import AudioAugmentationConfig
from dltrain.data.augmentation.draws import (
    Augment,
    integers,
    integers_around_zero,
    random_words,
    uniform,
)
from dltrain.data.augmentation.purposes import AudioPurpose
from dltrain.data.augmentation.resampling import resampled
from dltrain.data.examples import Examples
from dltrain.dataset_info import SILENCE, DatasetInfo
from dltrain.errors import DataError

PURPOSES_PER_MASK = 4


def make_audio_augment(
    config: AudioAugmentationConfig,
    seed: int,
    info: DatasetInfo,
    examples: Examples,
    train: np.ndarray[Any, Any],
) -> Augment | None:
    """The function that resamples, shifts, adds noise and blanks stretches, in this order.

    Args:
        config: what to do; ``time_shift`` is smaller than an example, and no mask longer.
        seed: the experiment's seed.
        info: for the shape ``(frames, mels)``, the mean feature and the class names.
        examples: the stored training examples, log-mel features float32.
        train: which of them are trained on; the noise is taken from these.

    Returns:
        A function of features, indices and epoch (see `Augment`), or None when nothing is to do.

    Raises:
        DataError: noise is wanted and no training example holds any.
    """
    is_noisy = config.noise_probability > 0.0 and config.noise_gain > 0.0
    is_masked = config.time_masks > 0 or config.frequency_masks > 0
    is_resampled = config.stretch > 0.0 or config.mel_shift > 0.0 or config.volume > 0.0
    if not (is_resampled or config.time_shift or is_noisy or is_masked):
        return None
    noises = tf.constant(_noises(info, examples, train)) if is_noisy else None

    def augment(features: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        features = resampled(config, seed, features, indices, epoch)
        if config.time_shift:
            words = random_words(seed, AudioPurpose.TIME_SHIFT, epoch, indices)
            features = shifted(features, integers_around_zero(words, config.time_shift))
        if noises is not None:
            numbers, gain = _draw_noise(config, len(noises), seed, epoch, indices)
            features = with_noise(features, tf.gather(noises, numbers), gain)
        if is_masked:
            blanked = masked(config, info.input_shape, seed, epoch, indices)
            features = tf.where(blanked, info.mean[0], features)
        return features

    return augment


def shifted(features: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Move each example in time; what is uncovered gets the example's smallest value.

    Args:
        features: ``(batch, frames, mels)``.
        shift: ``(batch,)`` int64 frames; above zero is later.
    """
    frames = features.shape[1]
    source = tf.range(frames, dtype=tf.int64) - shift[:, tf.newaxis]
    is_covered = (source >= 0) & (source < frames)
    moved = tf.gather(features, tf.clip_by_value(source, 0, frames - 1), axis=1, batch_dims=1)
    quietest = tf.reduce_min(features, axis=(1, 2), keepdims=True)
    return tf.where(is_covered[:, :, tf.newaxis], moved, quietest)


def with_noise(features: tf.Tensor, noise: tf.Tensor, gain: tf.Tensor) -> tf.Tensor:
    """Add the energy of a noise: ``log(exp(features) + gain ** 2 * exp(noise))``.

    Args:
        features: ``(batch, frames, mels)`` natural logarithms of energies.
        noise: likewise.
        gain: ``(batch,)`` factor on the amplitude of the noise; 0 changes nothing.
    """
    noise += 2.0 * tf.math.log(gain)[:, tf.newaxis, tf.newaxis]
    louder = tf.maximum(features, noise)
    return louder + tf.math.log1p(tf.exp(-tf.abs(features - noise)))


def masked(
    config: AudioAugmentationConfig,
    shape: tuple[int, ...],
    seed: int,
    epoch: tf.Tensor,
    indices: tf.Tensor,
) -> tf.Tensor:
    """What the masks of SpecAugment cover (Park et al. 2019, https://arxiv.org/abs/1904.08779).

    Returns:
        Bool, to be broadcast to ``(batch, frames, mels)``.
    """

    def words(first: AudioPurpose, count: int) -> tf.Tensor:
        purposes = [first + number * PURPOSES_PER_MASK for number in range(count)]
        return random_words(seed, purposes, epoch, indices)

    frames = stretches(
        words(AudioPurpose.TIME_MASK_WIDTH, config.time_masks),
        words(AudioPurpose.TIME_MASK_START, config.time_masks),
        longest=config.time_mask_frames,
        size=shape[0],
    )
    mels = stretches(
        words(AudioPurpose.FREQUENCY_MASK_WIDTH, config.frequency_masks),
        words(AudioPurpose.FREQUENCY_MASK_START, config.frequency_masks),
        longest=config.frequency_mask_mels,
        size=shape[1],
    )
    return frames[:, :, tf.newaxis] | mels[:, tf.newaxis, :]


def stretches(
    width_words: tf.Tensor, start_words: tf.Tensor, *, longest: int, size: int
) -> tf.Tensor:
    """Which of ``size`` places lie in one of the random stretches of 0 to ``longest`` places.

    Args:
        width_words: ``(stretches, batch)`` random words; a width is uniform.
        start_words: likewise; a start is uniform where the stretch fits.
        longest: at most ``size``.
        size: how many places there are.

    Returns:
        ``(batch, size)`` bool; all False for no stretches.
    """
    widths = integers(width_words, longest + 1)
    starts = integers(start_words, size + 1 - widths)
    first, end = starts[..., tf.newaxis], (starts + widths)[..., tf.newaxis]
    places = tf.range(size, dtype=tf.int64)
    return tf.reduce_any((first <= places) & (places < end), axis=0)


def _draw_noise(
    config: AudioAugmentationConfig, count: int, seed: int, epoch: tf.Tensor, indices: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The number of each example's noise, and its gain: 0 for those that get none."""

    def words(purpose: AudioPurpose) -> tf.Tensor:
        return random_words(seed, purpose, epoch, indices)

    is_noisy = uniform(words(AudioPurpose.IS_NOISY)) < config.noise_probability
    gain = uniform(words(AudioPurpose.NOISE_GAIN)) * config.noise_gain
    return integers(words(AudioPurpose.NOISE), count), tf.where(is_noisy, gain, 0.0)


def _noises(
    info: DatasetInfo, examples: Examples, train: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """The features of the training examples that are background noise."""
    chosen = train[examples.labels[train] == info.class_names.index(SILENCE)]
    if len(chosen) == 0:
        raise DataError(
            f"there is no background noise to add: none of the {len(train):,} training examples of "
            f"{info.name} is of the class {SILENCE}.\nTrain on more examples (data.limit), or set "
            "data.augmentation.noise_probability to 0."
        )
    noises: np.ndarray[Any, Any] = examples.inputs[chosen]
    return noises
