"""Sounds are stretched, moved to other bands and made louder as asked, each example for itself."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import AudioAugmentationConfig
from dltrain.data.augmentation.resampling import mels_shifted, resampled, stretched

SOUND = np.array([[[0.0], [10.0], [20.0], [40.0], [20.0]]], np.float32)


def draw(count: int, features: Any, **knobs: Any) -> Any:
    """The same features as so many examples, each changed by its own numbers."""
    batch = tf.repeat(tf.constant(features, tf.float32), count, axis=0)
    config = AudioAugmentationConfig(**knobs)
    return resampled(config, 3, batch, tf.range(count), tf.constant(1)).numpy()


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (2.0, [10.0, 15.0, 20.0, 30.0, 40.0]),
        (1.0, [0.0, 10.0, 20.0, 40.0, 20.0]),
        (0.8, [0.0, 7.5, 20.0, 35.0, 0.0]),
        (0.5, [0.0, 0.0, 20.0, 20.0, 0.0]),
    ],
)
def test_stretched_by_hand(factor: float, expected: list[float]) -> None:
    """Frames come from the line between two of the old; what is uncovered is the smallest value."""
    found = stretched(tf.constant(SOUND), tf.constant([factor])).numpy().ravel()
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(1.0, [0.0, 0.0, 10.0, 20.0, 40.0]), (-0.5, [5.0, 15.0, 30.0, 30.0, 20.0])],
)
def test_mels_shifted_by_hand(shift: float, expected: list[float]) -> None:
    """Bands come from the line between two of the old; what is uncovered repeats the edge."""
    features = tf.transpose(tf.constant(SOUND), (0, 2, 1))
    found = mels_shifted(features, tf.constant([shift])).numpy()
    np.testing.assert_allclose(found[0, 0], expected, atol=1e-5)
    assert found.shape == (1, 1, 5)


def test_every_shift_of_mels() -> None:
    """Shifts are spread evenly from the largest down to the largest up."""
    ramp = np.arange(9.0)[np.newaxis, np.newaxis]
    shifts = 4.0 - draw(2000, ramp, mel_shift=2.0)[:, 0, 4]
    np.testing.assert_allclose(np.quantile(shifts, [0, 0.25, 0.75, 1]), [-2, -1, 1, 2], atol=0.12)


def test_every_stretch() -> None:
    """Sounds become up to as much longer or shorter as asked, evenly, and not louder."""
    ramp = np.arange(9.0)[np.newaxis, :, np.newaxis]
    found = draw(2000, ramp, stretch=0.5)
    factors = 1.0 / (found[:, 5, 0] - found[:, 4, 0])
    np.testing.assert_allclose(np.quantile(factors, [0, 0.5, 1]), [0.5, 1.0, 1.5], atol=0.05)
    assert (found[:, 4, 0] == 4.0).all()


def test_volume() -> None:
    """Decibels are tenths of powers of ten of the energy, the same in all frames and bands."""
    found = draw(2000, np.zeros((1, 2, 3)), volume=6.0)
    assert (found == found[:, :1, :1]).all()
    energies = np.exp(found[:, 0, 0])
    assert energies.max() == pytest.approx(10**0.6, rel=0.01)
    assert energies.min() == pytest.approx(10**-0.6, rel=0.01)
