"""Bands of the mel scale that no frequency of a transform falls into."""

import pytest

from dltrain.config.mel_bands import empty_band, fft_length
from dltrain.config.schema import LogMelConfig


@pytest.mark.parametrize(("window", "length"), [(1, 1), (2, 2), (3, 4), (480, 512), (512, 512)])
def test_fft_length(window: int, length: int) -> None:
    """A transform is as long as the next power of two."""
    assert fft_length(window) == length


def test_default() -> None:
    """Each of the default bands holds a frequency."""
    assert empty_band(LogMelConfig(), 480, 16_000) is None


def test_by_hand() -> None:
    """Two frequencies below 1 kHz fill one band, and leave the lower of three empty."""
    one = LogMelConfig(mels=1, lowest_hz=0.0, highest_hz=1000.0)
    three = LogMelConfig(mels=3, lowest_hz=0.0, highest_hz=1000.0)
    assert empty_band(one, 4, 2000) is None  # frequencies at 0, 500 and 1000 Hz
    band = empty_band(three, 4, 2000)
    assert band is not None
    assert (band.number, band.lower_hz, band.spacing_hz) == (1, 0.0, 500.0)
    assert band.upper_hz == pytest.approx(390.9, abs=0.1)  # half of 1000 Hz in mel


def test_a_frequency_on_the_edge() -> None:
    """A frequency at the very edge of a band has no weight in it."""
    band = empty_band(LogMelConfig(mels=1, lowest_hz=500.0, highest_hz=1000.0), 4, 2000)
    assert band is not None
    assert band.number == 1
