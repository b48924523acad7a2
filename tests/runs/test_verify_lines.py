"""`metrics.jsonl` held against the plan, line by line."""

import json
from pathlib import Path
from typing import Any

import pytest

from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.errors import UserError
from dltrain.runs.checks import Check, Report
from dltrain.runs.read_back import best_line, read_metric_lines
from dltrain.runs.run_dir import RunDir
from dltrain.runs.verify import refuse_what_is_no_run, verify_events, verify_metrics


def line(epoch: int, step: int | None = None, loss: float | None = 0.5) -> dict[str, Any]:
    """One epoch of four steps."""
    return {
        "kind": "epoch",
        "epoch": epoch,
        "step": 4 * epoch if step is None else step,
        "train": {"loss": 0.5, "accuracy": 0.5},
        "validation": None if loss is None else {"loss": loss, "accuracy": 1 - loss},
        "learning_rate": 0.1,
        "timing": {"seconds": 1.0, "examples_per_second": 2.0},
    }


def experiment(**train: Any) -> ExperimentConfig:
    """A resolved experiment of five epochs."""
    settings = {"epochs": 5, "metrics": ["accuracy"], "monitor": "accuracy", **train}
    config = {"data": {"name": "digits"}, "model": {"name": "mlp"}, "train": settings}
    return load_text(json.dumps(config), "x.yaml").experiment


def checks(
    folder: Path, lines: list[Any], *, each: int | None = 4, tail: str = "", **train: Any
) -> list[Check]:
    """What is found in a `metrics.jsonl` of these lines."""
    path = folder / "metrics.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines) + tail)
    report = Report(lambda _: None)
    is_over = bool(train.pop("is_over", False))
    metrics = read_metric_lines(path)
    verify_metrics(metrics, experiment(**train), each, report, is_over=is_over)
    return report.checks


@pytest.mark.parametrize("each", [4, None])
def test_a_whole_file(tmp_path: Path, each: int | None) -> None:
    """Epochs in order, each of as many steps, hold; so does a file without lines."""
    (check,) = checks(tmp_path, [line(1), line(2), line(3)], each=each)
    assert check.ok
    assert check.message == "3 epochs to step 12, no gap and no duplicate"
    assert checks(tmp_path, [], each=each)[0].ok


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([line(1), line(3)], "epoch 3 stands where epoch 2 should"),
        ([line(1), line(2), line(2)], "epoch 2 stands where epoch 3 should"),
        ([line(2), line(1)], "epoch 2 stands where epoch 1 should"),
        ([line(1), line(2, step=9)], "epoch 2 ends at step 9, not 8"),
        ([line(1, step=3), line(2)], "epoch 1 ends at step 3, not 4"),
        ([line(1), line(2, step=7)], "epoch 2 ends at step 7, not 8"),
        ([line(1), line(2, step=4)], "epoch 2 ends at step 4, not 8"),
        ([line(number) for number in range(1, 7)], "it goes on to epoch 6 of 5"),
        ([line(1, loss=None), line(2)], "epoch 1 is not validated, against the config"),
        ([{**line(1), "epoch": "1"}], "line 1 is no record of an epoch: epoch: "),
        ([[]], "line 1 is no record of an epoch: "),
        ([{**line(1), "validation": {"loss": 1.0}}], "epoch 1 has the figures loss"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, lines: list[Any], message: str) -> None:
    """A gap, a duplicate, a wrong step or a line that is none is told with its epoch."""
    (check,) = checks(tmp_path, lines)
    assert check.ok is False
    assert message in check.message


@pytest.mark.parametrize("limit", [{"max_seconds": 5.0}, {"max_steps": 7}])
def test_a_last_epoch_that_a_limit_cut(tmp_path: Path, limit: dict[str, Any]) -> None:
    """Then, and only then, the last epoch may have fewer steps."""
    assert checks(tmp_path, [line(1), line(2, step=7)], **limit)[0].ok
    assert not checks(tmp_path, [line(1, step=3), line(2)], **limit)[0].ok


def test_seldom_validated(tmp_path: Path) -> None:
    """With `validate_every: 2` every second epoch has figures, and the last may have."""
    lines = [line(1, loss=None), line(2), line(3)]
    assert checks(tmp_path, lines, validate_every=2)[0].ok
    (check,) = checks(tmp_path, [line(1), line(2)], validate_every=2)
    assert "epoch 1 is validated, against the config" in check.message


def test_a_torn_line(tmp_path: Path) -> None:
    """It is a note while the run is not over, because resuming repairs it; then it is a fault."""
    whole, note = checks(tmp_path, [line(1)], tail='{"kind": "ep')
    assert (whole.ok, note.ok, note.mark) == (True, None, "note")
    (check,) = checks(tmp_path, [line(1)], tail='{"kind": "ep', is_over=True)
    assert check.message == "its last 12 bytes are no whole line"


def test_the_best_line(tmp_path: Path) -> None:
    """The earliest wins a tie, NaN never, and a loss is better when it is smaller."""
    lines = [line(1, loss=float("nan")), line(2, loss=0.5), line(3, loss=0.2), line(4, loss=0.2)]
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    read = read_metric_lines(path).readable
    for monitor in ("loss", "accuracy"):
        best = best_line(read, monitor)
        assert best is not None
        assert best.epoch == 3
    assert best_line(read[:1], "loss") is None


def test_events(tmp_path: Path) -> None:
    """A line that is no event is a fault; a torn last one is dropped by the next, so a note."""
    run, report = RunDir(tmp_path), Report(lambda _: None)
    run.events.write_text('{"time": "t", "event": "started"}\n{"time": "t", "ev')
    verify_events(run, report)
    run.events.write_text('{"time": "t", "event": "started"}\n17\n')
    verify_events(run, report)
    assert [check.mark for check in report.checks] == ["ok", "note", "BAD"]
    assert report.checks[-1].message == "line 2 is no event"


def test_what_is_no_run(tmp_path: Path) -> None:
    """A path that is not there, a file and a foreign folder are refused; runs inside are named."""
    (tmp_path / "file").touch()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "manifest.json").touch()
    for name, message in [("none", "does not exist"), ("file", "is a file"), (".", "Runs inside")]:
        with pytest.raises(UserError, match=message):
            refuse_what_is_no_run(tmp_path / name)
    refuse_what_is_no_run(tmp_path / "inside")
