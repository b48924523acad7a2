"""Slow weights that follow the fast ones and call them back."""

from collections.abc import Callable
from typing import Any

import pytest

from dltrain.config.schema import LookaheadConfig

Walk = Callable[..., list[tuple[float, float]]]


@pytest.fixture
def walk(tensorflow: None) -> Walk:  # noqa: ARG001
    """``walk(steps, total, ...)``: fast and slow weight after each step of 5, from 0."""
    import keras
    import tensorflow as tf

    from dltrain.training.lookahead import Lookahead

    def make(steps: int, total: int, **options: Any) -> list[tuple[float, float]]:
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
        model = keras.Sequential([keras.Input((1,)), layer])
        lookahead = Lookahead(LookaheadConfig(every=2, pull=0.5, **options), model)
        passed = []
        for made in range(1, steps + 1):
            layer.kernel.assign_add([[5.0]])
            lookahead.after(tf.constant(made), total, tf.distribute.get_strategy())
            fast, slow = (v.numpy()[0, 0] for v in (layer.kernel, lookahead.variables[0]))
            passed.append((float(fast), float(slow)))
        return passed

    return make


@pytest.mark.parametrize(
    ("ramp", "expected"), [("constant", [5.0, 10.0]), ("cubic", [9.375, 14.375])]
)
def test_two_meetings(walk: Walk, ramp: str, expected: list[float]) -> None:
    """Every second step both meet part of the way, or, with the cubic ramp, at first nearer to the fast ones.

    From 0 the fast weight takes steps of 5. Halfway of 4 steps the ramp has gone an eighth of its own
    way, from 1 to a half: 1 - 0.5 / 8.
    """
    passed = walk(4, 4, ramp=ramp)
    assert passed[1::2] == [(pytest.approx(here), pytest.approx(here)) for here in expected]
    assert all(fast != slow for fast, slow in passed[::2])


def test_the_last_meeting(walk: Walk) -> None:
    """A training ends on the slow weights, also where its steps are no multiple."""
    assert walk(3, 3) == [(5.0, 0.0), (5.0, 5.0), (7.5, 7.5)]


def test_beyond_the_end(walk: Walk) -> None:
    """A measurement that goes on and on is pulled as at the end, never the other way."""
    passed = walk(8, 2, ramp="cubic")
    assert passed[1::2] == [(here, here) for here in (5.0, 10.0, 15.0, 20.0)]
