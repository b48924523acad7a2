"""Labelled rows: hanging, coloured text on a terminal, one plain line each on a pipe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TextIO, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dltrain.cli.screen_stream import QuietStream
from dltrain.cli.screen_text import plain

NARROWEST = 20  # columns left for text beside a label; else it stands below


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of text.

    Attributes:
        text: what it says.
        label: what stands before it, in a column of its own.
        indent: columns before the label.
        width: columns of the label, space after it included.
        style: rich's style of the text.
        label_style: rich's style of the label.
        is_copied: whether a person copies it, so that it is never wrapped by us.
    """

    text: str = ""
    label: str = ""
    indent: int = 0
    width: int = 0
    style: str = ""
    label_style: str = "dim"
    is_copied: bool = False


def print_rows(rows: Sequence[Row], stream: TextIO) -> None:
    """Print rows; foreign characters a terminal could obey are written as escapes.

    Args:
        rows: from top to bottom.
        stream: coloured and wrapped only when it is a terminal.
    """
    quiet = QuietStream(stream)
    if not quiet.isatty():
        quiet.write("".join(f"{_line(row).plain.rstrip()}\n" for row in rows))
        return
    console = _terminal(quiet)
    for row in rows:
        beside = row.indent + row.width
        if row.is_copied or not beside or console.width < beside + NARROWEST:
            console.print(_line(row), soft_wrap=row.is_copied, highlight=False)
            continue
        grid = Table.grid()
        grid.add_column(width=beside)
        grid.add_column()
        grid.add_row(_label(row), Text(plain(row.text), row.style))
        console.print(grid, highlight=False)


def print_lines(lines: Sequence[Text], stream: TextIO) -> None:
    """Print lines of several styles, whose foreign characters are escaped already.

    Args:
        lines: from top to bottom; those marked ``no_wrap`` are never wrapped by us.
        stream: coloured and wrapped only when it is a terminal.
    """
    quiet = QuietStream(stream)
    if not quiet.isatty():
        quiet.write("".join(f"{line.plain.rstrip()}\n" for line in lines))
        return
    console = _terminal(quiet)
    for line in lines:
        console.print(line, soft_wrap=bool(line.no_wrap), highlight=False)


def terminal_width(stream: TextIO) -> int | None:
    """Columns of the terminal that lines are printed to; None where there is none."""
    quiet = QuietStream(stream)
    return _terminal(quiet).width if quiet.isatty() else None


def _terminal(quiet: QuietStream) -> Console:
    return Console(file=cast(IO[str], quiet), force_terminal=True, force_jupyter=False)


def _label(row: Row) -> Text:
    return Text(" " * row.indent + plain(row.label).ljust(row.width), row.label_style)


def _line(row: Row) -> Text:
    return Text.assemble(_label(row), (plain(row.text), row.style))
