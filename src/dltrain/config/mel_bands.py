"""Which bands of the mel scale hold no frequency of a Fourier transform."""

import math
from dataclasses import dataclass

from dltrain.config.schema import FeaturesSection

_MEL_FACTOR = 1127.0  # mel = 1127 ln(1 + Hz / 700): O'Shaughnessy 1987
_MEL_CORNER_HZ = 700.0
_ROUNDING = 1e-9  # what a frequency at the edge of a band may miss it by


@dataclass(frozen=True)
class Band:
    """A band of the mel scale, counted from 1, and the distance of what could fall into it."""

    number: int
    lower_hz: float
    upper_hz: float
    spacing_hz: float


def empty_band(features: FeaturesSection, window_samples: int, sample_rate: int) -> Band | None:
    """Return the first band between whose edges no frequency lies, if there is one.

    Args:
        features: number of bands and the range they divide evenly on the mel scale; each
            reaches from the middle of the one before it to the middle of the one after it.
        window_samples: the transform is as long as the next power of two.
        sample_rate: samples per second.
    """
    spacing = sample_rate / fft_length(window_samples)
    low, high = _mel(features.lowest_hz), _mel(features.highest_hz)
    step = (high - low) / (features.mels + 1)
    for index in range(features.mels):
        lower, upper = _hertz(low + index * step), _hertz(low + (index + 2) * step)
        first_above = (math.floor(lower / spacing + _ROUNDING) + 1) * spacing
        if first_above / upper > 1.0 - _ROUNDING:
            return Band(index + 1, lower, upper, spacing)
    return None


def fft_length(window_samples: int) -> int:
    """Return the smallest power of two that holds a window."""
    return 1 << (window_samples - 1).bit_length()


def _mel(hertz: float) -> float:
    return _MEL_FACTOR * math.log1p(hertz / _MEL_CORNER_HZ)


def _hertz(mel: float) -> float:
    return _MEL_CORNER_HZ * math.expm1(mel / _MEL_FACTOR)
