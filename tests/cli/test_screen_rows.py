"""Labelled rows: hanging text on a terminal, one plain line each on a pipe."""

import io
import re
from pathlib import Path

import pytest

from dltrain.cli.screen_data import list_rows
from dltrain.cli.screen_rows import Row, print_rows
from dltrain.data.catalog import look
from dltrain.dataset_info import DATASET_INFO

ROWS = [
    Row(label="licence", width=9, text="for research, with citation", style="green"),
    Row(label="next", width=9, text="dltrain data prepare mnist", is_copied=True),
]


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        """It is a terminal."""
        return True


def shown(stream: io.StringIO, rows: list[Row]) -> str:
    """What the stream gets."""
    print_rows(rows, stream)
    return stream.getvalue()


def test_pipe() -> None:
    """On a pipe every row is one line of plain text, whatever its length."""
    assert shown(io.StringIO(), ROWS) == (
        "licence  for research, with citation\nnext     dltrain data prepare mnist\n"
    )


def test_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal text hangs beside its label; what is copied is left to the terminal."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm-256color")
    said = re.sub(r"\x1b\[[0-9;]*m", "", shown(Terminal(), ROWS))
    lines = [line.rstrip() for line in said.splitlines()]
    assert lines == [
        "licence  for research, with",
        "         citation",
        "next     dltrain data prepare mnist",
    ]


def test_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets colours, unless NO_COLOR forbids them."""
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32mfor research" in shown(Terminal(), ROWS)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in shown(Terminal(), ROWS)


def test_foreign_text() -> None:
    """What a terminal could obey is written as an escape."""
    assert shown(io.StringIO(), [Row(label="\x1b[2J", text="a\rb")]) == "\\x1b[2Ja\\rb\n"


def test_narrow_list(tmp_path: Path) -> None:
    """On 60 columns each set has two rows, and two lines tell of the others and of the folder."""
    entries = [look(name, tmp_path, check_sums=False) for name in DATASET_INFO]
    rows = [row for row in list_rows(entries, tmp_path, 60) if not row.is_copied]
    said = shown(io.StringIO(), rows).splitlines()
    assert said[2:4] == [
        "mnist            missing, 11.6 MB to download",
        "                 image 28x28x1, 10 classes, 60,000 train, 10,000 test",
    ]
    assert len(said) == 2 * len(DATASET_INFO) + 2
