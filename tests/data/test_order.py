"""The order of an epoch is a function of its seed and number."""

import numpy as np
import pytest

from dltrain.data.order import VALIDATION_STREAM, shuffled


@pytest.mark.parametrize("count", [1, 2, 3, 10, 97, 1437])
def test_permutation(count: int) -> None:
    """Every example comes exactly once, as int32."""
    order = shuffled(count, seed=7, epoch=3)
    assert order.dtype == np.int32
    assert sorted(order.tolist()) == list(range(count))


def test_nothing() -> None:
    """No examples have an order, too."""
    assert shuffled(0, seed=0, epoch=1).tolist() == []


def test_repeats() -> None:
    """The same arguments give the same order."""
    np.testing.assert_array_equal(shuffled(1000, 5, 2), shuffled(1000, 5, 2))


def test_differs() -> None:
    """Another epoch or another seed gives another order, and so does the validation split."""
    orders = [shuffled(1000, *key).tobytes() for key in ((0, 1), (0, 2), (1, 1), (1, 2))]
    orders.append(shuffled(1000, 0, VALIDATION_STREAM).tobytes())
    assert len(set(orders)) == len(orders)


def test_even() -> None:
    """Over many epochs an example stands everywhere equally often."""
    places = np.array([np.argmin(shuffled(4, seed=0, epoch=epoch)) for epoch in range(400)])
    assert np.bincount(places, minlength=4).tolist() == pytest.approx([100] * 4, abs=35)


def test_pinned() -> None:
    """A TensorFlow release that shuffles otherwise would end the equality with older runs."""
    assert shuffled(10, seed=0, epoch=1).tolist() == [1, 8, 5, 4, 3, 2, 6, 0, 9, 7]
    assert shuffled(10, seed=0, epoch=2).tolist() == [2, 1, 6, 9, 8, 7, 0, 3, 4, 5]
    assert shuffled(10, seed=1, epoch=1).tolist() == [6, 5, 2, 4, 1, 3, 7, 0, 9, 8]
