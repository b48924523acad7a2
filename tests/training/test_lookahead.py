"""Slow weights that follow the fast ones and call them back."""

import pytest

from dltrain.config.schema import LookaheadConfig


@pytest.mark.parametrize(
    ("ramp", "expected"), [("constant", [5.0, 10.0]), ("cubic", [9.375, 14.375])]
)
def test_two_meetings(tensorflow: None, ramp: str, expected: list[float]) -> None:  # noqa: ARG001
    """Every second step both meet part of the way, or, with the cubic ramp, at first nearer to the fast ones.

    From 0 the fast weight takes steps of 5. Halfway of 4 steps the ramp has gone an eighth of its own
    way, from 1 to a half: 1 - 0.5 / 8.
    """
    import keras
    import tensorflow as tf

    from dltrain.training.lookahead import Lookahead

    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), layer])
    lookahead = Lookahead(LookaheadConfig(every=2, pull=0.5, ramp=ramp), model)  # type: ignore[arg-type]
    met = []
    for made in range(1, 5):
        layer.kernel.assign_add([[5.0]])
        lookahead.after(tf.constant(made), 4, tf.distribute.get_strategy())
        if made % 2 == 0:
            assert float(lookahead.variables[0].numpy()[0, 0]) == float(layer.kernel.numpy()[0, 0])
            met.append(float(layer.kernel.numpy()[0, 0]))
    assert met == pytest.approx(expected)
