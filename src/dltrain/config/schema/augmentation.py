"""Random changes of training examples, drawn anew for each example in each epoch."""

from typing import Annotated, Literal

from pydantic import Field

from dltrain.config.schema.values import (
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Probability,
    Section,
)

Degrees = Annotated[float, Field(ge=0.0, le=180.0)]
MixingAlpha = Annotated[float, Field(ge=0.0, le=10.0)]


class ElasticConfig(Section):
    """Smooth random displacements of the pixels (Simard et al. 2003)."""

    alpha: PositiveFloat = 34.0
    """Strength: the factor on smoothed noise of -1 to 1; pixels move by about alpha / (6 sigma)."""
    sigma: Annotated[float, Field(ge=1.0, le=1_000.0)] = 4.0
    """Smoothness: deviation in pixels of the Gaussian that smooths the noise."""


class ImageAugmentationConfig(Section):
    """Random changes of training images."""

    flip: Literal["none", "random", "alternating"] = "none"
    """Mirror left and right: with probability one half, or every image in every second epoch (Jordan 2024)."""
    translate: NonNegativeInt = 0
    """Largest shift in pixels up, down, left and right; what is uncovered is black."""
    pad_and_crop: NonNegativeInt = 0
    """Mirror this many pixels around the border and cut out the old size at a random place."""
    rotate: Degrees = 0.0
    """Largest angle in degrees, either way; what comes from outside is black."""
    scale: Fraction = 0.0
    """Largest relative change of size, so that 0.1 makes images 0.9 to 1.1 times as large."""
    shear: Probability = 0.0
    """Largest slant: pixels by which a row moves sideways for each row further down."""
    elastic: ElasticConfig | None = None
    """Bend images by smooth random displacements; off when absent."""
    cutout: NonNegativeInt = 0
    """Side in pixels of a square painted in the mean colour around a random pixel (DeVries and Taylor 2017)."""
    mixup: MixingAlpha = 0.0
    """Add another image of the batch, and its label, with shares of a Beta(alpha, alpha) distribution (Zhang et al. 2018); 0 for never."""
    cutmix: MixingAlpha = 0.0
    """Put a rectangle of another image of the batch, and its part of the label, over an image (Yun et al. 2019); where mixup is on too, each image gets one of them."""


class TextAugmentationConfig(Section):
    """Random changes of training texts."""

    word_dropout: Fraction = 0.0
    """Part of the words replaced by the unknown word (Iyyer et al. 2015)."""


class AudioAugmentationConfig(Section):
    """Random changes of log-mel features."""

    stretch: Fraction = 0.0
    """Largest relative change of the time a sound takes, so that 0.1 gives 0.9 to 1.1 times as long; what is uncovered is the quietest value of the example."""
    mel_shift: NonNegativeFloat = 0.0
    """Largest shift in mel bands, higher or lower, as of shorter or longer vocal tracts (Jaitly and Hinton 2013)."""
    volume: NonNegativeFloat = 0.0
    """Largest change of loudness in decibels, louder or softer."""
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
    mixup: MixingAlpha = 0.0
    """Add another sound of the batch, and its label, with shares of a Beta(alpha, alpha) distribution (Zhang et al. 2018); 0 for never."""
