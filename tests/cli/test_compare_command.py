"""``dltrain compare``: a table for every width, one JSON document, and the user's mistakes."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dltrain.cli.app import app
from dltrain.cli.screen_compare import print_comparison
from dltrain.errors import UserError
from dltrain.runs.compare import compare_runs

CONFIG = "data: {{name: digits}}\noptimizer: {{name: {name}, learning_rate: {rate}}}\n"
KEYS = "data: {{name: digits}}\nmodel: {{name: mlp, {keys}}}\n"


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        """It is a terminal."""
        return True


@pytest.fixture
def runs(tmp_path: Path, write_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder ``runs`` with two finished runs and one that is under way."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")
    adam, sgd = CONFIG.format(name="adam", rate=0.001), CONFIG.format(name="sgd", rate=0.1)
    write_run(Path("runs/adam/01234567"), adam, [(2.0, 0.5), (0.25, 0.25), (0.125, 0.375)])
    write_run(Path("runs/sgd/01234567"), sgd, [(2.0, 2.0), (1.0, 1.5)])
    write_run(Path("runs/slow/01234567"), sgd, [(3.0, 3.0)], None)
    return Path("runs")


def shown(runs: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines on a terminal of some width, without their colours."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    print_comparison(compare_runs([runs]), stream)
    assert "\x1b[" in stream.getvalue()
    text = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    return [line.rstrip() for line in text.splitlines()]


def said(*arguments: str) -> str:
    """What the command writes to standard output, which is a pipe."""
    result = CliRunner().invoke(app, ["compare", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.usefixtures("runs")
def test_pipe() -> None:
    """On a pipe a run is one line of plain text, whatever its length."""
    assert said("runs").splitlines() == [
        "run   status      optimizer  learning_rate  epochs  best  train at best    loss  train at end    loss  validation      loss     test    loss    time",
        "adam              adam               0.001       3     2        97.50 %  0.2500       98.75 %  0.1250   97.50 % *  0.2500    97.50 %  0.2500   1.5 s",
        "sgd               sgd                  0.1       2     2        90.00 %   1.000       90.00 %   1.000   85.00 %     1.500    85.00 %   1.500   1.0 s",
        "slow  unfinished  sgd                  0.1       1     -              -       -       70.00 %   3.000   70.00 %     3.000          -       -  0.50 s",
        "",
        "* best validation accuracy",
        "note: slow is unfinished: its figures are those of the last epoch and validation",
    ]


def test_terminal(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 80 columns a run has two lines, the loss below the metric."""
    assert shown(runs, 80, monkeypatch) == [
        "                       learning_  epochs    train    train",
        "run         optimizer       rate    time  at best   at end  validation     test",
        "adam        adam           0.001  2 of 3  97.50 %  98.75 %   97.50 % *  97.50 %",
        "                                   1.5 s   0.2500   0.1250    0.2500     0.2500",
        "sgd         sgd              0.1  2 of 2  90.00 %  90.00 %   85.00 %    85.00 %",
        "                                   1.0 s    1.000    1.000     1.500      1.500",
        "slow        sgd              0.1       1        -  70.00 %   70.00 %          -",
        "unfinished                        0.50 s        -    3.000     3.000          -",
        "",
        "* best validation accuracy",
        "note: slow is unfinished: its figures are those of the last epoch and validation",
    ]


def test_a_key_less(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not all keys have room, the more telling one is shown and the other named."""
    lines = shown(runs, 72, monkeypatch)
    assert lines[1].split()[:3] == ["run", "optimizer", "time"]
    assert "and 1 more: optimizer.learning_rate" in lines
    assert max(map(len, lines)) <= 72


def test_narrow_terminal(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 60 columns a run has a title with its values, and its figures below."""
    assert shown(runs, 60, monkeypatch) == [
        "epochs    train    train",
        "  time  at best   at end  validation     test",
        "",
        "adam  optimizer adam, learning_rate 0.001",
        "2 of 3  97.50 %  98.75 %   97.50 % *  97.50 %",
        " 1.5 s   0.2500   0.1250    0.2500     0.2500",
        "",
        "sgd  optimizer sgd, learning_rate 0.1",
        "2 of 2  90.00 %  90.00 %   85.00 %    85.00 %",
        " 1.0 s    1.000    1.000     1.500      1.500",
        "",
        "slow  unfinished  optimizer sgd, learning_rate 0.1",
        "     1        -  70.00 %   70.00 %          -",
        "0.50 s        -    3.000     3.000          -",
        "",
        "* best validation accuracy",
        "note: slow is unfinished: its figures are those of the last",
        "epoch and validation",
    ]


def test_foreign_text(tmp_path: Path, write_run: Callable[..., Path]) -> None:
    """What a terminal could obey is written as an escape."""
    write_run(tmp_path / "a\x1b[2J", 'model: {name: "\\e[2J"}\n', [(1.0, 1.0)])
    write_run(tmp_path / "b", "model: {name: mlp}\n", [(1.0, 1.0)])
    text = said(str(tmp_path))
    assert "\x1b" not in text
    assert text.count("\\x1b[2J") == 2


def test_many_keys(tmp_path: Path, write_run: Callable[..., Path]) -> None:
    """Six columns of keys are shown, the other keys are counted and named, technical ones too."""
    for run, value in (("a", 1), ("b", 2)):
        keys = ", ".join(f"key_{letter}: {value}" for letter in "abcdefgh")
        config = KEYS.format(keys=keys) + f"train: {{jit: {value}}}\n"
        write_run(tmp_path / run, config, [(1.0, 1.0)])
    heading, *_, more = said(str(tmp_path)).splitlines()
    assert heading.split()[1:7] == [f"key_{letter}" for letter in "abcdef"]
    assert more == "and 3 more: model.key_g, model.key_h, train.jit"


def test_nothing_held_out(tmp_path: Path, write_run: Callable[..., Path]) -> None:
    """Without validation and test there are no empty columns for them."""
    write_run(tmp_path / "xor", KEYS.format(keys="l2: 0"), [(0.5, None), (0.25, None)])
    assert said(str(tmp_path)).splitlines() == [
        "run  epochs  train at end    loss   time",
        "xor       2       97.50 %  0.2500  1.0 s",
    ]


@pytest.mark.usefixtures("runs")
def test_json() -> None:
    """With --json there is one document on standard output and nothing else."""
    document = json.loads(said("runs", "--json"))
    assert [run["name"] for run in document["runs"]] == ["adam", "sgd", "slow"]
    assert document["differing"] == ["optimizer.name", "optimizer.learning_rate"]
    assert list(document) == ["runs", "differing", "notes", "best"]


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("options", [[], ["--panels"], ["--json"]])
def test_curves(options: list[str]) -> None:
    """The curves are written to a file, and standard output is as without them."""
    plain = said("runs", *[option for option in options if option == "--json"])
    assert said("runs", "--curves", "curves.PNG", *options) == plain
    assert Path("curves.PNG").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--curves", "curves.jpg"], "curves.jpg is of no known format"),
        (["--panels"], "Name the file too: --curves FILE.png"),
        (["--curves", "nowhere/curves.svg"], "nowhere/curves.svg cannot be written"),
    ],
)
def test_mistakes(arguments: list[str], message: str) -> None:
    """A file that cannot be drawn to is the user's mistake."""
    result = CliRunner().invoke(app, ["compare", "runs", *arguments])
    assert isinstance(result.exception, UserError)
    assert message in str(result.exception)


@pytest.mark.usefixtures("runs")
def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where matplotlib is missing, what to install is said; the table needs none."""
    for name in [name for name in sys.modules if name.startswith("dltrain.cli.curve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert said("runs")
    result = CliRunner().invoke(app, ["compare", "runs", "--curves", "curves.png"])
    assert isinstance(result.exception, UserError)
    assert "pip install 'dltrain[plots]'" in str(result.exception)
