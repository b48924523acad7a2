"""The random numbers of an example are a good hash of seed, purpose, epoch and index."""

import struct
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from sklearn.utils import murmurhash3_32

from dltrain.data.augmentation.draws import integers, integers_around_zero, random_words, uniform

COUNT = 2**14
KEYS = [(0, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0), (2**31 - 1, 7, 300)]  # seed, purpose, epoch


def words_of(seed: int, purpose: Any, epoch: int, count: int = COUNT) -> Any:
    """The words of the first examples."""
    return random_words(seed, purpose, tf.constant(epoch), tf.range(count))


def chi_square(numbers: Any, bins: int) -> float:
    """How far counts are from even; about ``bins - 1``, its deviation ``sqrt(2 * (bins - 1))``."""
    counts, even = np.bincount(numbers, minlength=bins), len(numbers) / bins
    return float(((counts - even) ** 2 / even).sum())


def loose_bound(bins: int) -> float:
    """Five deviations above what chance gives."""
    return bins - 1 + 5 * (2 * (bins - 1)) ** 0.5


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_murmurhash(seed: int) -> None:
    """The words are MurmurHash3 of (purpose, epoch, index), as scikit-learn computes it."""
    purposes, epoch, indices = [0, 3, 1000], 12, [0, 1, 59_999, 2**31 - 1]
    found = random_words(seed, purposes, tf.constant(epoch), tf.constant(indices)).numpy()
    assert found.dtype == np.uint32
    for row, purpose in zip(found.tolist(), purposes, strict=True):
        keys = [struct.pack("<III", purpose, epoch, index) for index in indices]
        assert row == [murmurhash3_32(key, seed=seed, positive=True) for key in keys]


def test_one_purpose_or_several() -> None:
    """Asking for several purposes at once gives the rows of asking for each."""
    several = words_of(5, [2, 0], 9, 50).numpy()
    np.testing.assert_array_equal(several, [words_of(5, p, 9, 50).numpy() for p in (2, 0)])
    assert words_of(5, [], 9, 50).shape == (0, 50)


def test_compiled() -> None:
    """A compiled function draws what an eager one draws, with and without XLA."""

    def draw(epoch: Any, indices: Any) -> Any:
        words = random_words(3, [0, 1], epoch, indices)
        return words, uniform(words), integers_around_zero(words, 4)

    arguments = tf.constant(8), tf.range(100)
    for jit in (False, True):
        compiled = tf.function(draw, jit_compile=jit, autograph=False)(*arguments)
        for found, expected in zip(compiled, draw(*arguments), strict=True):
            np.testing.assert_array_equal(found.numpy(), expected.numpy())


@pytest.mark.parametrize("key", KEYS)
def test_uniform(key: tuple[int, int, int]) -> None:
    """The numbers fill 0 to 1 evenly: mean, variance and 256 bins."""
    numbers = uniform(words_of(*key)).numpy()
    assert numbers.dtype == np.float32
    assert numbers.mean() == pytest.approx(1 / 2, abs=5 * (1 / 12 / COUNT) ** 0.5)
    assert numbers.var() == pytest.approx(1 / 12, abs=5 * (1 / 180 / COUNT) ** 0.5)
    assert chi_square((numbers * 256).astype(int), 256) < loose_bound(256)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("count", [2, 5, 9, 97])
def test_integers(key: tuple[int, int, int], count: int) -> None:
    """Whole numbers below a count are equally frequent."""
    numbers = integers(words_of(*key), count).numpy()
    assert numbers.dtype == np.int64
    assert (numbers.min(), numbers.max()) == (0, count - 1)
    assert chi_square(numbers, count) < loose_bound(count)


def test_limits() -> None:
    """The smallest and the largest word stay within the limits, which are reached."""
    words = tf.constant([0, 2**32 - 1], tf.uint32)
    lowest, highest = uniform(words).numpy().tolist()
    assert lowest == 0.0
    assert 0.9999999 < highest < 1.0
    assert set(integers_around_zero(words_of(0, 0, 0, 200), 2).numpy().tolist()) == {*range(-2, 3)}
    assert integers(words, tf.constant([1, 10])).numpy().tolist() == [0, 5]


@pytest.mark.parametrize(
    "other", [(4, 2, 6), (5, 3, 6), (5, 2, 7), (6, 2, 5)], ids=["seed", "purpose", "epoch", "both"]
)
def test_independent(other: tuple[int, int, int]) -> None:
    """Another seed, purpose or epoch gives numbers that have nothing to do with the first."""
    first, second = (uniform(words_of(*key)).numpy() for key in ((5, 2, 6), other))
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / COUNT**0.5
    cells = (first * 16).astype(int) * 16 + (second * 16).astype(int)
    assert chi_square(cells, 256) < loose_bound(256)


@pytest.mark.parametrize("distance", [1, 2, 3, 64])
def test_neighbours(distance: int) -> None:
    """Examples beside each other have numbers that have nothing to do with each other."""
    numbers = uniform(words_of(1, 1, 1)).numpy()
    first, second = numbers[:-distance], numbers[distance:]
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / len(first) ** 0.5
    cells = (first * 16).astype(int) * 16 + (second * 16).astype(int)
    assert chi_square(cells, 256) < loose_bound(256)
