"""Sounds are resampled, shifted, mixed with noise and masked as asked, each example for itself."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import AudioAugmentationConfig
from dltrain.config.schema.data import SpeechCommandsConfig
from dltrain.data.augmentation import Augment, make_augment
from dltrain.data.augmentation.audio import shifted, stretches, with_noise
from dltrain.data.augmentation.draws import random_words
from dltrain.data.examples import Examples
from dltrain.dataset_info import DATASET_INFO
from dltrain.errors import DataError

FRAMES, MELS, MEAN = 12, 5, -3.5
INFO = replace(DATASET_INFO["speech_commands"], input_shape=(FRAMES, MELS), mean=(MEAN,))
SILENCE = INFO.class_names.index("_silence_")
QUIET = -1000.0  # any noise is louder
MASKS = {"time_masks": 2, "time_mask_frames": 4, "frequency_masks": 1, "frequency_mask_mels": 2}
EVERYTHING: dict[str, Any] = {
    "stretch": 0.2,
    "mel_shift": 1.5,
    "volume": 6.0,
    "time_shift": 3,
    "noise_probability": 0.7,
    "noise_gain": 0.5,
    **MASKS,
}


def sounds(count: int) -> Any:
    """Random features."""
    values = np.random.RandomState(0).normal(-4.0, 3.0, (count, FRAMES, MELS))
    return values.astype(np.float32)


def noises() -> Examples:
    """Six stored examples: the first, third and last are background noise at 0, 200 and 500."""
    levels = 100.0 * np.arange(6, dtype=np.float32)
    labels = np.array([SILENCE, 0, SILENCE, 1, 2, SILENCE], np.int32)
    return Examples(np.tile(levels[:, None, None], (1, FRAMES, MELS)), labels)


def make(seed: int = 0, examples: Examples | None = None, train: Any = None, **knobs: Any) -> Any:
    """The augmentation of speech commands, or None."""
    augmentation = AudioAugmentationConfig(**knobs)
    config = SpeechCommandsConfig(name="speech_commands", augmentation=augmentation)
    train = np.arange(6, dtype=np.int32) if train is None else np.array(train, np.int32)
    return make_augment(config, seed, INFO, examples or noises(), train)


def apply(augment: Augment, features: Any, indices: Any = None, epoch: int = 1) -> Any:
    """The changed features; by default those of the first examples."""
    indices = range(len(features)) if indices is None else indices
    batch = tf.constant(features), tf.constant(list(indices), tf.int32), tf.constant(epoch)
    return augment(*batch).numpy()


def test_shifted_by_hand() -> None:
    """Frames move later or earlier; what is uncovered is the example's smallest value."""
    sound = np.array([[[4.0, 9.0], [5.0, 2.0], [6.0, 7.0]]], np.float32)
    moved = shifted(
        tf.constant(np.repeat(sound, 4, axis=0)), tf.constant([0, 1, -1, 2], tf.int64)
    ).numpy()
    assert moved.tolist() == [
        [[4.0, 9.0], [5.0, 2.0], [6.0, 7.0]],
        [[2.0, 2.0], [4.0, 9.0], [5.0, 2.0]],
        [[5.0, 2.0], [6.0, 7.0], [2.0, 2.0]],
        [[2.0, 2.0], [2.0, 2.0], [4.0, 9.0]],
    ]


def test_every_shift_occurs() -> None:
    """All shifts up to the longest occur, equally often, and nothing else."""
    sound = sounds(1)
    expected = shifted(tf.repeat(sound, 7, axis=0), tf.range(-3, 4, dtype=tf.int64)).numpy()
    found = apply(make(time_shift=3), np.repeat(sound, 700, axis=0))
    counts = [int((found == one).all(axis=(1, 2)).sum()) for one in expected]
    assert sum(counts) == 700
    assert min(counts) > 50
    assert max(counts) < 150


def test_noise_mathematics() -> None:
    """Energies add up, the noise's with the square of its gain; also where they are far apart."""
    features, noise = sounds(4), sounds(8)[4:]
    features[0, 0], noise[1, 0] = 300.0, 300.0  # float32 has no exponential of that
    gain = np.array([0.3, 0.01, 1.0, 2.5], np.float32)
    found = with_noise(tf.constant(features), tf.constant(noise), tf.constant(gain)).numpy()
    quieter = noise.astype(np.float64) + 2.0 * np.log(gain.astype(np.float64))[:, None, None]
    expected = np.logaddexp(features.astype(np.float64), quieter)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=2e-6)


def test_noise_of_gain_zero() -> None:
    """A gain of zero leaves the features as they are, to the bit."""
    features = sounds(4)
    found = with_noise(tf.constant(features), tf.constant(sounds(8)[4:]), tf.zeros(4)).numpy()
    np.testing.assert_array_equal(found, features)


def test_which_noise() -> None:
    """Noise comes from the silences that are trained on, all alike, to as many as asked."""
    features = np.full((2000, FRAMES, MELS), QUIET, np.float32)
    augment = make(noise_probability=0.25, noise_gain=0.5, train=[1, 2, 3, 5])
    found = apply(augment, features)
    assert (found == found[:, :1, :1]).all()
    levels = found[:, 0, 0][found[:, 0, 0] != QUIET]
    assert len(levels) == pytest.approx(500, abs=100)
    numbers = np.ceil(levels / 100.0)
    assert set(numbers) == {2.0, 5.0}
    assert (numbers == 2.0).mean() == pytest.approx(0.5, abs=0.12)
    gains = np.exp((levels - 100.0 * numbers) / 2.0)
    assert gains.max() < 0.5
    assert gains.mean() == pytest.approx(0.25, abs=0.04)
    assert np.quantile(gains, 0.25) == pytest.approx(0.125, abs=0.04)


def test_no_noise_to_add() -> None:
    """Without a silence among the training examples the error says so and what to do."""
    with pytest.raises(DataError, match=r"none of the 3 training examples .* _silence_") as caught:
        make(noise_probability=0.5, train=[1, 3, 4])
    assert "data.limit" in str(caught.value)


def every_stretch(longest: int, size: int) -> set[tuple[bool, ...]]:
    """All that one stretch may cover, nothing included."""
    return {
        tuple(first <= place < first + width for place in range(size))
        for width in range(longest + 1)
        for first in range(size + 1 - width)
    }


def test_stretches() -> None:
    """Every width up to the longest and every place where it fits occurs, each width as often."""
    words = [random_words(0, [p], tf.constant(0), tf.range(3000)) for p in (0, 1)]
    found = stretches(*words, longest=3, size=7).numpy()
    widths = found.sum(axis=1)
    assert np.bincount(widths).tolist() == pytest.approx([750] * 4, abs=120)
    assert {tuple(row) for row in found.tolist()} == every_stretch(longest=3, size=7)


def test_widest_stretch() -> None:
    """A stretch may be as long as there are places."""
    words = [random_words(0, [p], tf.constant(0), tf.range(100)) for p in (0, 1)]
    assert stretches(*words, longest=4, size=4).numpy().all(axis=1).any()


@pytest.mark.parametrize(
    ("knobs", "axis", "most"),
    [
        ({"time_masks": 2, "time_mask_frames": 3}, 2, 6),
        ({"frequency_masks": 2, "frequency_mask_mels": 2}, 1, 4),
    ],
    ids=["time", "frequency"],
)
def test_masks(knobs: dict[str, int], axis: int, most: int) -> None:
    """Masks cover whole frames or whole bands, at most as many as asked, with the mean."""
    features = sounds(500)
    found = apply(make(**knobs), features)
    covered = found != features
    assert (found[covered] == MEAN).all()
    assert (covered == covered.any(axis=axis, keepdims=True)).all()
    counts = covered.any(axis=axis).sum(axis=1)
    assert (counts.min(), counts.max()) == (0, most)


def test_every_mask_occurs() -> None:
    """Time and frequency masks of every width begin wherever they fit, one apart from the other."""
    augment = make(time_masks=1, time_mask_frames=3, frequency_masks=1, frequency_mask_mels=3)
    covered = apply(augment, np.zeros((2000, FRAMES, MELS), np.float32)) == MEAN
    frames, mels = covered.all(axis=2), covered.all(axis=1)
    assert {tuple(row) for row in frames.tolist()} == every_stretch(longest=3, size=FRAMES)
    assert {tuple(row) for row in mels.tolist()} == every_stretch(longest=3, size=MELS)
    widths = set(zip(frames.sum(axis=1).tolist(), mels.sum(axis=1).tolist(), strict=True))
    assert widths == set(product(range(4), repeat=2))


def test_order() -> None:
    """The sound is shifted and not the noise, and masks are clean."""
    ramp = np.tile(np.arange(FRAMES, dtype=np.float32)[:, None], (1, MELS))
    examples = Examples(ramp[np.newaxis], np.array([SILENCE], np.int32))
    quiet = np.full((50, FRAMES, MELS), QUIET, np.float32)
    knobs = {**EVERYTHING, "noise_probability": 1.0, "frequency_masks": 0, "time_masks": 1}
    found = apply(make(examples=examples, train=[0], **knobs), quiet)
    masked = (found == MEAN).all(axis=2)
    assert 50 < masked.sum() < 200
    for frames, is_masked in zip(found - ramp, masked, strict=True):
        heard = frames[~is_masked]
        np.testing.assert_allclose(heard, np.full_like(heard, heard[0, 0]), atol=1e-4)


def test_repeats() -> None:
    """The same seed and epoch change an example alike; another seed or epoch does not."""
    features = sounds(20)
    first = apply(make(**EVERYTHING), features)
    assert (first.shape, first.dtype) == (features.shape, np.float32)
    np.testing.assert_array_equal(apply(make(**EVERYTHING), features), first)
    seed, epoch = make(1, **EVERYTHING), make(**EVERYTHING)
    for other in (apply(seed, features), apply(epoch, features, epoch=2)):
        assert (first != other).any(axis=(1, 2)).sum() > 15


def test_any_batch() -> None:
    """An example is changed alike in whatever batch, and at whatever place of it."""
    features, indices, augment = sounds(60), np.arange(100, 160), make(**EVERYTHING)
    whole = apply(augment, features, indices)
    parts = (slice(17), slice(17, 60))
    halves = [apply(augment, features[part], indices[part]) for part in parts]
    np.testing.assert_array_equal(np.concatenate(halves), whole)
    order = np.random.RandomState(1).permutation(60)
    np.testing.assert_array_equal(apply(augment, features[order], indices[order]), whole[order])


@pytest.mark.parametrize("exact", [False, True])
def test_compiled(exact: bool) -> None:
    """Compiled functions give what plain calls give; XLA rounds logarithms and new frames otherwise."""
    features = sounds(30)
    augment = make(time_shift=3, **MASKS) if exact else make(**EVERYTHING)
    arguments = tf.constant(features), tf.range(30), tf.constant(5)
    eager = augment(*arguments).numpy()
    graph, xla = (
        tf.function(augment, jit_compile=jit, autograph=False)(*arguments).numpy()
        for jit in (False, True)
    )
    np.testing.assert_array_equal(graph, eager)
    rounding = 0.0 if exact else 5e-6
    np.testing.assert_allclose(xla, eager, rtol=rounding, atol=rounding)


def test_off() -> None:
    """Without anything to change there is no augmentation; noise of no gain is nothing."""
    assert make() is None
    assert make(noise_probability=0.5, noise_gain=0.0, train=[1]) is None
    assert make(noise_gain=0.5, train=[1]) is None
    config = SpeechCommandsConfig(name="speech_commands")
    assert make_augment(config, 0, INFO, noises(), np.arange(6)) is None
