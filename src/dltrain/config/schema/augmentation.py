"""Random changes of training examples, drawn anew for each example in each epoch."""

from typing import Literal

from dltrain.config.schema.values import (
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
    Probability,
    Section,
)


class ImageAugmentationConfig(Section):
    """Random changes of training images."""

    flip: Literal["none", "random", "alternating"] = "none"
    """Mirror left and right: with probability one half, or every image in every second epoch (Jordan 2024)."""
    translate: NonNegativeInt = 0
    """Largest shift in pixels up, down, left and right; what is uncovered is black."""
    pad_and_crop: NonNegativeInt = 0
    """Mirror this many pixels around the border and cut out the old size at a random place."""


class TextAugmentationConfig(Section):
    """Random changes of training texts."""

    word_dropout: Fraction = 0.0
    """Part of the words replaced by the unknown word (Iyyer et al. 2015)."""


class AudioAugmentationConfig(Section):
    """Random changes of log-mel features."""

    time_shift: NonNegativeInt = 0
    """Largest shift in frames, earlier or later; what is uncovered is the quietest value of the example."""
    noise_probability: Probability = 0.0
    """Part of the examples to which background noise of the training set is added."""
    noise_gain: NonNegativeFloat = 0.1
    """Largest factor on the amplitude of that noise; each example draws its own."""
    time_masks: NonNegativeInt = 0
    """How many stretches of time are blanked out (SpecAugment, Park et al. 2019)."""
    time_mask_frames: PositiveInt = 20
    """Longest of those stretches in frames."""
    frequency_masks: NonNegativeInt = 0
    """How many ranges of frequency are blanked out (SpecAugment, Park et al. 2019)."""
    frequency_mask_mels: PositiveInt = 5
    """Widest of those ranges in mel bands."""
