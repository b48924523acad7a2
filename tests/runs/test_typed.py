"""What every reader of a run, and `dltrain verify`, refuse in a summary and in a line of metrics."""

from typing import Any

import pytest

from dltrain.runs.typed import EpochLine, Recorded, SummaryRecord, problem_of

BEST = {"epoch": 1, "step": 4, "checkpoint": "checkpoints/step-00000004"}
SUMMARY = {
    "status": "finished",
    "stopped": None,
    "epochs": 2,
    "steps": 8,
    "best": BEST,
    "validation": {"loss": 0.5},
    "test": {"loss": 0.5, "examples": 60},
    "train": None,
    "seconds": 1,
    "formula": "more may stand beside them",
}
LINE = {
    "kind": "epoch",
    "epoch": 1,
    "step": 4,
    "train": {"loss": 0.5},
    "validation": None,
    "learning_rate": 0.1,
    "timing": {"seconds": 1.0, "examples_per_second": 2.0},
}


@pytest.mark.parametrize(
    ("kind", "content", "place"),
    [
        *((SummaryRecord, {"status": status}, "status") for status in ("lost", 3, None)),
        *((SummaryRecord, {key: "1"}, key) for key in ("epochs", "steps", "seconds", "best")),
        *((SummaryRecord, {key: {"loss": "x"}}, key) for key in ("validation", "test", "train")),
        *((SummaryRecord, {"best": {**BEST, key: None}}, f"best.{key}") for key in BEST),
        (SummaryRecord, {"stopped": 1}, "stopped"),
        (SummaryRecord, {"model": {"file": "x.keras", "sha256": "", "bytes": 1}}, "model.file"),
        *((EpochLine, {key: "1"}, key) for key in LINE),
        (EpochLine, {"train": {"loss": None}}, "train.loss"),
        (
            EpochLine,
            {"train": {"accuracy": 1.0}},
            "train: Value error, there is no loss among the figures",
        ),
        (EpochLine, {"timing": {"examples_per_second": 2.0}}, "timing.seconds"),
        (EpochLine, {"timing": {"seconds": 1.0, "of_data": "x"}}, "timing.of_data"),
    ],
)
def test_refused(kind: type[Recorded], content: dict[str, Any], place: str) -> None:
    """A value of another type is told with the key that holds it."""
    whole = SUMMARY if kind is SummaryRecord else LINE
    assert problem_of(kind, whole) is None
    problem = problem_of(kind, {**whole, **content})
    assert problem is not None
    assert problem.startswith(place)
