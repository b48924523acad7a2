"""Sounds said faster or slower, by other voices and at other distances, made of log-mel features."""

import math

import tensorflow as tf

from dltrain.config.schema import AudioAugmentationConfig
from dltrain.data.augmentation.draws import random_words, uniform_around_zero
from dltrain.data.augmentation.purposes import AudioPurpose

PER_DECIBEL = math.log(10.0) / 10.0
"""What one decibel more adds to the natural logarithm of an energy."""


def resampled(
    config: AudioAugmentationConfig,
    seed: int,
    features: tf.Tensor,
    indices: tf.Tensor,
    epoch: tf.Tensor,
) -> tf.Tensor:
    """Features with another speed, another pitch and another volume, as far as each is wanted.

    Args:
        config: how much of each.
        seed: the experiment's seed.
        features: ``(batch, frames, mels)`` natural logarithms of energies.
        indices: ``(batch,)`` int32 among the stored training examples.
        epoch: () int32.
    """

    def drawn(purpose: AudioPurpose, largest: float) -> tf.Tensor:
        return uniform_around_zero(random_words(seed, purpose, epoch, indices), largest)

    if config.stretch:
        features = stretched(features, 1.0 + drawn(AudioPurpose.STRETCH, config.stretch))
    if config.mel_shift:
        features = mels_shifted(features, drawn(AudioPurpose.MEL_SHIFT, config.mel_shift))
    if config.volume:
        louder = drawn(AudioPurpose.VOLUME, config.volume * PER_DECIBEL)
        features += louder[:, tf.newaxis, tf.newaxis]
    return features


def stretched(features: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Make each sound take longer, about its middle; what is uncovered gets its smallest value.

    The bands stay where they are, so the pitch does not change.

    Args:
        features: ``(batch, frames, mels)``.
        factor: ``(batch,)`` above zero; 2 is half the speed.
    """
    frames = features.shape[1]
    middle = (frames - 1) / 2
    places = (tf.range(frames, dtype=tf.float32) - middle) / factor[:, tf.newaxis] + middle
    is_covered = (places >= 0.0) & (places <= frames - 1)
    quietest = tf.reduce_min(features, axis=(1, 2), keepdims=True)
    return tf.where(is_covered[:, :, tf.newaxis], _between(features, places), quietest)


def mels_shifted(features: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Move each sound to higher or lower bands; what is uncovered gets the value at the edge.

    The mel scale is nearly logarithmic where speech is, so a shift is about what a shorter or
    longer vocal tract does (Jaitly and Hinton 2013, vocal tract length perturbation).

    Args:
        features: ``(batch, frames, mels)``.
        shift: ``(batch,)`` in bands, above zero is higher.
    """
    places = tf.range(features.shape[2], dtype=tf.float32) - shift[:, tf.newaxis]
    moved = _between(tf.transpose(features, (0, 2, 1)), places)
    return tf.transpose(moved, (0, 2, 1))


def _between(rows: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Rows at fractional places, on the line between their neighbours; outside the nearest row.

    Args:
        rows: ``(batch, rows, values)``.
        places: ``(batch, places)``.
    """
    last = rows.shape[1] - 1
    places = tf.clip_by_value(places, 0.0, float(last))
    below = tf.floor(places)
    first = tf.cast(below, tf.int64)
    lower = tf.gather(rows, first, axis=1, batch_dims=1)
    upper = tf.gather(rows, tf.minimum(first + 1, last), axis=1, batch_dims=1)
    return lower + (places - below)[:, :, tf.newaxis] * (upper - lower)
