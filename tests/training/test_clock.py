"""The wall clock may jump; whatever is decided or shown is measured by one that does not."""

import ast
import itertools
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import dltrain

SOURCES = Path(dltrain.__file__).parent
MAY_KNOW_THE_DATE = {"runs/lock.py", "runs/manifest.py", "training/journal.py"}  # and only write it
WALL_CLOCKS = {"time", "time_ns", "gmtime", "localtime", "ctime"}


def wall_clocks_in(file: Path) -> set[str]:
    """The calls of ``time.<...>`` that read the wall clock, and imports of ``datetime``."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {node.attr} & WALL_CLOCKS if node.value.id == "time" else set()
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names} & {"datetime"}
        if isinstance(node, ast.ImportFrom) and node.module in {"time", "datetime"}:
            found.add(node.module)
    return found


def test_who_reads_it() -> None:
    """Only what writes a date down reads the wall clock."""
    files = {str(file.relative_to(SOURCES)): file for file in SOURCES.rglob("*.py")}
    reading = {name for name, file in files.items() if wall_clocks_in(file)}
    assert reading == MAY_KNOW_THE_DATE


def test_jumps(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train: Callable[..., Any],
    small: Callable[..., Any],
) -> None:
    """A clock that jumps by years ends no training, causes no checkpoint and spoils no figure."""
    years = itertools.cycle([-1e9, 1e9, 0.0])
    clock = time.time

    class Jumping(datetime):
        """A date that comes from the clock that jumps."""

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(time.time(), tz)

    monkeypatch.setattr(time, "time", lambda: clock() + next(years))
    monkeypatch.setattr("dltrain.training.journal.datetime", Jumping)
    limits = {"epochs": 2, "max_seconds": 3_600.0, "checkpoint_seconds": 1_800.0}
    trained = train(tmp_path, small("mlp", train=limits))
    assert trained.summary["stopped"] == "epochs"
    assert 0.0 < trained.summary["seconds"] < 600.0
    assert all(0.0 < each.examples_per_second < 1e9 for each in trained.watcher.epochs)
    states = [state for _, state in trained.checkpoints().values()]
    assert states
    assert all(state["planned"] for state in states)
