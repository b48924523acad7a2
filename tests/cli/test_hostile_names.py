"""Names that somebody else has chosen reach no terminal raw, and JSON stays JSON."""

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from dltrain.cli.app import main
from dltrain.cli.report import print_evaluation
from dltrain.cli.screen_lines import LineScreen
from dltrain.cli.summary import print_summary
from dltrain.evaluation.evaluate_checkpoint import Evaluation
from dltrain.evaluation.figures import Figures
from dltrain.evaluation.report import ClassFigures

EVIL = "e\x1b[2J\x9b1m\x07\r\u202e\x7f<b>[red]"
CONFIG = f"data: {{name: digits}}\nmodel: {{name: mlp}}\nnote: {json.dumps(EVIL)}\n"


def is_plain(text: str) -> bool:
    """Whether nothing in a text can move a cursor, ring a bell or turn letters round."""
    return all(line.isprintable() for line in text.split("\n"))


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of a command; what it prints is captured."""
    monkeypatch.setattr(sys, "argv", ["dltrain", *map(str, arguments)])
    with pytest.raises(SystemExit) as raised:
        main()
    return int(raised.value.code or 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", EVIL),
        ("eval", "folder/nothing"),
        ("eval", "folder"),
        ("compare", EVIL),
        ("compare", "folder/run", EVIL),
        ("config", "check", "folder/x.yaml"),
        ("config", "check", EVIL),
        ("config", "copy", EVIL),
        ("data", "show", EVIL),
        ("data", "import", "mnist", EVIL),
        ("run", "folder/x.yaml"),
        ("run", "folder/good.yaml", "--set", f"seed={EVIL}"),
        ("run", "folder/good.yaml", "--expect", EVIL),
        ("run", "folder/good.yaml", "--run-dir", "folder"),
    ],
    ids=str,
)
def test_messages(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:
    """A message that names a file, a key or an argument with escapes shows them as escapes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder" / EVIL).mkdir(parents=True)
    (tmp_path / "folder" / EVIL / "manifest.json").write_text("{}")
    (tmp_path / "folder" / "x.yaml").write_text(CONFIG)
    (tmp_path / "folder" / "good.yaml").write_text("data: {name: digits}\nmodel: {name: mlp}\n")
    assert typed(monkeypatch, *arguments) == 2
    out, err = capfd.readouterr()
    assert err
    assert is_plain(out + err)
    assert "Traceback" not in err


@pytest.mark.parametrize("columns", ["60", "200"])
def test_compare(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write_run: Callable[..., Path],
    columns: str,
) -> None:
    """Names of runs, config values and figures of anybody's; the document is still one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", columns)
    for name in ("a", "b"):
        config = CONFIG.replace("[red]", name)
        write_run(
            tmp_path / "runs" / f"{EVIL}{name}", config, [(2.0, 1.0)], test={"loss": 2.0, EVIL: 1.0}
        )
    assert typed(monkeypatch, "compare", "runs") == 0
    assert is_plain(capsys.readouterr().out)
    assert typed(monkeypatch, "compare", "runs", "--json") == 0
    out = capsys.readouterr().out
    assert is_plain(out)
    assert json.loads(out)["runs"][0]["test"] == {"loss": 2.0, EVIL: 1.0}


@pytest.mark.parametrize(
    "summary",
    [
        *({"best": []}, {"best": "x"}, {"best": {"epoch": "x"}}, {"validation": "x"}, {"test": 3}),
        *({"epochs": "x"}, {"seconds": None}, {"status": 3}, {"validation": {"loss": []}}),
        *({"status": EVIL}, {"steps": None}, {"test": {EVIL: "x"}}),
    ],
    ids=str,
)
def test_compare_other_types(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write_run: Callable[..., Path],
    summary: dict[str, object],
) -> None:
    """A summary with values of other types is damaged, told in one message."""
    write_run(tmp_path / "a", CONFIG, [(2.0, 1.0)], **summary)
    assert typed(monkeypatch, "compare", tmp_path) == 2
    err = capsys.readouterr().err
    assert "summary.json is damaged: " in err
    assert is_plain(err)


@pytest.mark.parametrize(
    "line", ["[" * 100_000, "3", '{"kind": "epoch"}', '{"kind": "epoch", "epoch": "x"}'], ids=len
)
def test_compare_other_lines(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write_run: Callable[..., Path],
    line: str,
) -> None:
    """So is a line of metrics that is none."""
    path = write_run(tmp_path / "a", CONFIG, [(2.0, 1.0)])
    (path / "metrics.jsonl").write_text(f"{line}\n")
    assert typed(monkeypatch, "compare", path) == 2
    assert "metrics.jsonl is damaged: a line is no record" in capsys.readouterr().err


def test_evaluation() -> None:
    """Class names and notes of a checkpoint of anybody's."""
    figures = Figures(loss=1.0, metrics={"accuracy": 0.5}, examples=2)
    evaluation = Evaluation(
        checkpoint=EVIL,
        split="validation",
        figures=figures,
        averaged={},
        logged={EVIL: 1.0},
        matches_logged=False,
        is_exact_expected=True,
        classes=[ClassFigures(EVIL, 0.5, 0.5, 0.5, 1), ClassFigures("b\nc", 0.5, 0.5, 0.5, 1)],
        confusion=[[1, 0], [0, 1]],
        notes=(EVIL,),
    )
    stream = StringIO()
    print_evaluation(evaluation, stream)
    assert is_plain(stream.getvalue())
    assert not any(line.startswith("c") for line in stream.getvalue().splitlines()[8:9])
    assert json.loads(json.dumps(evaluation.as_json()))["classes"][0]["name"] == EVIL


def test_while_training() -> None:
    """Phases and notices that name files."""
    stream = StringIO()
    with LineScreen(stream) as screen:
        screen.on_phase(EVIL)
        screen.on_notice(f"{EVIL}\nand more")
    assert is_plain(stream.getvalue())
    assert stream.getvalue().endswith("\nnote: and more\n")


def test_summary() -> None:
    """The answer, the classes and the paths of a run of anybody's."""
    predictions = [{"x": [1.0], "y": EVIL, "predicted": EVIL, "probability": {EVIL: 0.5}}]
    baseline = {"split": "train", "answer": EVIL, "loss": 1.0, "accuracy": 0.5}
    summary = {
        "status": "finished",
        "stopped": EVIL,
        "epochs": 1,
        "steps": 1,
        "seconds": 1.0,
        "best": {"epoch": 1, "step": 1, "checkpoint": EVIL},
        "validation": {"loss": 1.0},
        "test": None,
        "train": None,
        "formula": EVIL,
        "predictions": predictions,
        "baseline": baseline,
        "better_than_baseline": None,
    }
    stream = StringIO()
    print_summary(summary, Path(EVIL), stream)
    assert is_plain(stream.getvalue())
