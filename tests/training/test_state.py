"""The loop's state survives JSON exactly, and judges validations fairly."""

import json
import math

import pytest

from dltrain.config.schema import EarlyStoppingConfig
from dltrain.evaluation.figures import Figures
from dltrain.training.state import Best, EpochSums, LoopState


def test_json_round_trip_is_exact() -> None:
    """Every number comes back bit for bit, those without a short decimal form too."""
    state = LoopState(
        epoch=3,
        step=41,
        step_in_epoch=5,
        sums=EpochSums(loss=0.1 + 0.2, score=77.0, examples=160, seconds=1 / 3),
        best=Best(2, 24, "checkpoints/step-00000024", {"loss": math.pi**7, "accuracy": 2 / 3}),
        validations_since_enough=1,
        validation={"loss": 5e-324, "accuracy": 1 - 2**-53},
        seconds=1e9 + 1e-7,
        metrics_length=12_345,
        stopped="early_stopping",
    )
    assert LoopState.from_json(json.loads(json.dumps(state.as_json()))) == state
    assert LoopState.from_json(json.loads(json.dumps(LoopState().as_json()))) == LoopState()


def judge_all(
    values: list[float],
    monitor: str = "accuracy",
    early_stopping: EarlyStoppingConfig | None = None,
) -> tuple[LoopState, list[int]]:
    """Judge one validation per epoch; returns the state and the patience used after each."""
    state, waits = LoopState(), []
    for epoch, value in enumerate(values, start=1):
        state.epoch, state.step = epoch, 10 * epoch
        is_loss = monitor == "loss"
        figures = Figures(value if is_loss else 0.5, {} if is_loss else {monitor: value}, 10)
        state.judge(figures, f"c{epoch}", monitor, early_stopping)
        waits.append(state.validations_since_enough)
    return state, waits


NAN = float("nan")


@pytest.mark.parametrize(
    ("monitor", "values", "best_epoch"),
    [
        ("accuracy", [0.5, 0.9, 0.9, 0.8], 2),
        ("loss", [0.5, 0.1, 0.1, 0.2], 2),
        ("rmse", [0.5, 0.1, 0.1, 0.2], 2),
        ("accuracy", [NAN, 0.1, NAN], 2),
        ("loss", [NAN, 0.9, NAN], 2),
        ("accuracy", [NAN, NAN], None),
        ("loss", [float("inf"), 3.0], 2),
    ],
)
def test_best(monitor: str, values: list[float], best_epoch: int | None) -> None:
    """The best figure wins, the earliest of equals, and one that is not a number never."""
    state, _ = judge_all(values, monitor)
    assert (state.best.epoch if state.best else None) == best_epoch
    if state.best:
        assert (state.best.step, state.best.checkpoint) == (10 * best_epoch, f"c{best_epoch}")
        assert state.best.validation[monitor] == values[best_epoch - 1]


def test_patience_counts_improvements_of_min_delta() -> None:
    """A smaller improvement is the best but does not refill the patience; a larger one does."""
    stopping = EarlyStoppingConfig(patience=9, min_delta=0.1)
    state, waits = judge_all([0.5, 0.55, 0.58, 0.75, 0.75, NAN], early_stopping=stopping)
    assert waits == [0, 1, 2, 0, 1, 2]
    assert state.best is not None
    assert state.best.epoch == 4


def test_steady_small_improvements_refill_the_patience() -> None:
    """Improvements smaller than min_delta count together, from the last one that was enough."""
    stopping = EarlyStoppingConfig(patience=9, min_delta=0.1)
    _, waits = judge_all([0.5, 0.57, 0.64, 0.71, 0.78], early_stopping=stopping)
    assert waits == [0, 1, 0, 1, 0]


def test_the_last_validation_is_remembered() -> None:
    """The state holds the figures of this very validation, not those of the best."""
    state, _ = judge_all([0.9, 0.4])
    assert state.validation == {"loss": 0.5, "accuracy": 0.4}
