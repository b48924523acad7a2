"""Runs side by side: what they reached, who is best, and what does not compare."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dltrain.errors import UserError
from dltrain.runs.compare import Comparison, compare_runs

CONFIG = "data: {{name: {data}, validation: 0.1}}\nmodel: {{name: mlp, l2: {l2}}}\ntrain: {{loss: {loss}, monitor: {monitor}}}\n"
WORSE = [(2.0, 3.0), (1.0, 2.5), (0.5, 2.75)]
BETTER = [(2.0, 2.0), (1.0, 2.25)]


def config(data: str = "digits", l2: float = 0, loss: str = "huber", monitor: str = "loss") -> str:
    """The text of a config."""
    return CONFIG.format(data=data, l2=l2, loss=loss, monitor=monitor)


@pytest.fixture
def compared(tmp_path: Path, write_run: Callable[..., Path]) -> Callable[..., Comparison]:
    """A function that compares two runs: the worse with one config, the better with another."""

    def compare(
        first: str, second: str, status: str | None = "finished", **summary: object
    ) -> Comparison:
        write_run(tmp_path / "a", first, WORSE)
        write_run(tmp_path / "b", second, BETTER, status, **summary)
        return compare_runs([tmp_path])

    return compare


def test_figures(compared: Callable[..., Comparison]) -> None:
    """The document has every figure of a run: at its best epoch, at its end, and of its test."""
    document = compared(config(), config(l2=0.5)).as_json()
    assert json.loads(json.dumps(document)) == document
    assert document["differing"] == ["model.l2"]
    assert document["best"] == {"figure": "loss", "runs": ["b"]}
    first = document["runs"][0]
    assert {key: first[key] for key in ("name", "status", "config", "epochs", "seconds")} == {
        "name": "a",
        "status": "finished",
        "config": {"model.l2": 0},
        "epochs": 3,
        "seconds": 1.5,
    }
    assert first["best"]["epoch"] == 2
    assert first["train"] == {
        "best": {"loss": 1.0, "accuracy": 0.9},
        "end": {"loss": 0.5, "accuracy": 0.95},
    }
    assert first["validation"] == {"loss": 2.5, "accuracy": 0.75}
    assert first["test"] == {"loss": 2.5, "accuracy": 0.75, "examples": 50}


def test_unfinished(compared: Callable[..., Comparison]) -> None:
    """A run that is not over has the figures of its last line, and is never the best."""
    comparison = compared(config(), config(), None)
    document = comparison.as_json()["runs"][1]
    assert (document["status"], document["epochs"], document["best"]) == ("unfinished", 2, None)
    assert (document["seconds"], document["test"]) == (1.0, None)
    assert document["train"] == {"best": None, "end": {"loss": 1.0, "accuracy": 0.9}}
    assert document["validation"] == {"loss": 2.25, "accuracy": 0.775}
    assert comparison.best == ()
    assert comparison.notes == (
        "b is unfinished: its figures are those of the last epoch and validation",
    )


@pytest.mark.parametrize(
    ("monitor", "figure", "best"), [("loss", "loss", ("b",)), ("accuracy", "accuracy", ("b",))]
)
def test_the_best(
    compared: Callable[..., Comparison], monitor: str, figure: str, best: tuple[str, ...]
) -> None:
    """The best is the best by the figure that chose the epochs: a small loss, a large accuracy."""
    comparison = compared(config(monitor=monitor), config(monitor=monitor))
    assert (comparison.figure, comparison.best) == (figure, best)


def test_mixed_figures(compared: Callable[..., Comparison]) -> None:
    """Runs that went by different figures have no best."""
    comparison = compared(config(monitor="loss"), config(monitor="accuracy"))
    assert (comparison.figure, comparison.best) == (None, ())


def test_a_tie(tmp_path: Path, write_run: Callable[..., Path]) -> None:
    """Equal runs are both the best."""
    for name in ("a", "b"):
        write_run(tmp_path / name, config(), BETTER)
    assert compare_runs([tmp_path]).best == ("a", "b")


@pytest.mark.parametrize(
    ("second", "note", "best"),
    [
        (config(data="mnist"), "different data (digits, mnist): their figures do not compare", ()),
        (config().replace("0.1", "0.2"), "judged on different examples (data.validation)", ()),
        (config(loss="squared_error"), "the losses are not on one scale", ()),
        (config(l2=0.1), "the training loss includes model.l2;", ("b",)),
    ],
)
def test_what_would_mislead(
    compared: Callable[..., Comparison], second: str, note: str, best: tuple[str, ...]
) -> None:
    """What keeps figures from being compared is said, and then nobody is the best by them."""
    comparison = compared(config(), second)
    (said,) = comparison.notes
    assert note in said
    assert comparison.best == best


def test_other_content(tmp_path: Path, write_run: Callable[..., Path]) -> None:
    """Data of one name with another content is noticed by its fingerprint."""
    for name in ("a", "b"):
        write_run(tmp_path / name, config(), BETTER)
    (tmp_path / "b/manifest.json").write_text('{"dataset": {"sha256": "other"}}')
    (note,) = compare_runs([tmp_path]).notes
    assert note.startswith("the digits they were trained on was not the same")


def test_no_better_than_nothing(compared: Callable[..., Comparison]) -> None:
    """A run that its own summary finds no better than its baseline is named."""
    (note,) = compared(config(), config(), better_than_baseline=False).notes
    assert note == "b is no better than one answer given to every example"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("metrics.jsonl", "[]\n"),
        ("metrics.jsonl", "nonsense\n"),
        ("metrics.jsonl", '{"kind": "epoch", "epoch": 1}\n'),
        ("summary.json", "{}"),
        ("config.yaml", "seed: [\n"),
    ],
)
def test_damaged(tmp_path: Path, write_run: Callable[..., Path], file: str, content: str) -> None:
    """A damaged file of a run is named, without a traceback."""
    run = write_run(tmp_path / "a", config(), BETTER)
    (run / file).write_text(content)
    with pytest.raises(UserError, match=file):
        compare_runs([run])
