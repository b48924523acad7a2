"""``dltrain bench``: lines that fit a narrow terminal, one JSON document, careful advice."""

import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dltrain.cli.bench import bench, run_command
from dltrain.cli.screen_bench import giga, milliseconds, print_bench, yaml_lines
from dltrain.config.load import load_text
from dltrain.config.mistakes import ConfigError
from dltrain.errors import UserError
from dltrain.measuring.alternatives import alternatives_of
from dltrain.measuring.messages import Facts, Memory, Round
from dltrain.measuring.report import NO_TIME, Report, Trial

COMMAND = ["dltrain", "run", "some place/small.yaml", "--set", "seed=1"]
SLOW = (0.42, 0.5, 0.38, 0.42, 0.42)
FAST = {
    "train.precision": (1.5, 1.4, 1.6, 1.5, 1.5),
    "train.jit": (1.1, 1.05, 1.2, 1.1, 1.1),
    "cores": (1.2, 1.1, 1.3, 1.2, 1.2),
}


class Terminal(io.StringIO):
    """A terminal that is not as wide as its reader would like."""

    def isatty(self) -> bool:
        """Somebody is watching."""
        return True


@pytest.fixture
def report(small_config: str) -> Report:
    """A measurement in which all kinds of things have come up."""
    facts = Facts(
        experiment=load_text(small_config, "small.yaml").experiment,
        devices="16 CPU cores, 8 replicas, bfloat16, XLA updates",
        is_generated=True,
        examples=1_281_167,
        batch_size=2048,
        steps_per_call=64,
        flops_per_step=123_456_789_000,
        seconds=2.0,
        notices=("no mnist in a folder whose name is long: it has to be prepared once",),
    )
    found = alternatives_of(facts.experiment, examples=100, cores=4)
    trials = [Trial(each, FAST.get(each.key, SLOW), Memory(10**9, None)) for each in found]
    parts = Round(input=0.01, forward=0.1, gradients=0.2, step=1.21, product=1.5e11)
    return Report(
        config="small.yaml",
        facts=facts,
        memory=Memory(5 * 10**9, 10**9),
        rounds=[parts] * 3,
        trials=trials,
        left_out=[(found[-1], NO_TIME)],
        is_interrupted=True,
    )


def shown(report: Report, stream: io.StringIO) -> list[str]:
    """The lines that are printed."""
    print_bench(report, COMMAND, stream)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80])
def test_width(report: Report, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is wider than the terminal, but the command that a person copies."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(shown(report, Terminal())))
    lines = [line.rstrip() for line in text.splitlines()]
    assert any(len(line) > 0.9 * width for line in lines)
    assert max(len(line) for line in lines if "taskset" not in line) <= width


def test_on_a_pipe(report: Report) -> None:
    """Plain lines without control characters, no wider than 60 but for notices and commands."""
    lines = shown(report, io.StringIO())
    assert all(line.isprintable() for line in lines)
    assert max(len(line) for line in lines if not line.startswith(("note ", "taskset "))) <= 60
    assert "data         digits, generated, 1,281,167 examples" in lines
    assert "  update           1.0 s   83%" in lines
    assert "train.precision: bfloat16   1.50x  1.40 to 1.60    faster" in lines
    assert "left out     cores: 2 (no time left)" in lines


def test_what_to_paste(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines are YAML of a config, the best value of each key, with what they do to the curve.

    The command has the cores and the options that were measured.
    """
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {9, 5, 3, 7})
    lines = yaml_lines(report.faster)
    assert yaml.safe_load("\n".join(lines)) == {"train": {"precision": "bfloat16", "jit": "update"}}
    assert "  precision: bfloat16  # 1.50x, another curve" in lines
    printed = shown(report, io.StringIO())
    assert set(lines) < set(printed)
    assert "taskset -c 3,5 dltrain run 'some place/small.yaml' --set seed=1" in printed
    assert "Another curve: compare validation before you keep it." in printed


def test_nothing_is_faster(report: Report) -> None:
    """It says so, and advises nothing."""
    report.trials = [each for each in report.trials if each.verdict == "slower"]
    text = "\n".join(shown(report, io.StringIO()))
    assert "nothing tried is clearly faster" in text
    assert "train:" not in text
    assert "curve" not in text


def test_cut_short(report: Report) -> None:
    """Without a figure there is none in the lines, and no advice either way."""
    text = "\n".join(
        shown(Report(config="small.yaml", facts=report.facts, is_interrupted=True), io.StringIO())
    )
    assert "stopped by Ctrl-C" in text
    assert "examples/s" not in text
    assert "faster" not in text


def test_units() -> None:
    """Three digits, and the prefix that makes them."""
    assert [giga(number) for number in (4.108e8, 2.01e10, 1.2e12, 5e4)] == [
        "411 M",
        "20.1 G",
        "1.2 T",
        "50 k",
    ]
    assert [milliseconds(s) for s in (0.00311, 0.0311, 1.5)] == ["3.11 ms", "31.1 ms", "1.5 s"]


def test_wrong_config(tmp_path: Path) -> None:
    """Every mistake is told, as everywhere, and nothing is started."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("model: {name: cnn, filtrs: [8]}\ndata: {name: digits, batch_size: 0}\n")
    with pytest.raises(ConfigError) as error:
        bench(wrong)
    assert error.value.exit_code == 2
    assert len(error.value.mistakes) == 2


def test_several_workers(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One machine is measured, not a team."""
    workers = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(workers))
    with pytest.raises(UserError, match="dltrain bench is for one machine"):
        bench(place / "my config.yaml")


def test_distillation(place: Path) -> None:
    """A step that would be measured without its teacher is refused where it was asked for."""
    with pytest.raises(ConfigError, match="teacher's time") as error:
        bench(place / "my config.yaml", ["train.distillation={teacher: runs/some}"])
    (mistake,) = error.value.mistakes
    assert mistake.path == "train.distillation"
    assert mistake.place.source == "--set"


def test_same_command(place: Path, tmp_path: Path) -> None:
    """The command it advises trains what was measured, on the data it was measured with."""
    words = run_command(place / "my config.yaml", ["seed=1", "data.limit=50"], tmp_path, True)
    assert words[:3] == ["dltrain", "run", str(place / "my config.yaml")]
    options = ["--set", "seed=1", "--set", "data.limit=50", "--data-dir", str(tmp_path)]
    assert words[3:] == [*options, "--synthetic"]


@pytest.mark.smoke
def test_command(place: Path, command: Callable[..., Any], decode_cache: Path) -> None:
    """The real command, processes and all, gives one document with figures that fit each other."""
    done = command(
        *("bench", place / "my config.yaml", "--json", "--seconds", "60"),
        cwd=place,
        DLTRAIN_CACHE_DIR=str(decode_cache),
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert sum(document["parts"].values()) == pytest.approx(document["milliseconds_per_step"])
    assert document["alternatives"] or document["left_out"]
    assert "loading TensorFlow" in done.stderr
    assert "Traceback" not in done.stderr
