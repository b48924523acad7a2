"""Columns of text, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.text import Text

GAP = 2  # columns of the screen between two columns of text


@dataclass(frozen=True)
class Column:
    """A heading and a cell per entry; each may have several lines.

    Attributes:
        heading: what stands above the cells.
        cells: one per entry, from top to bottom.
        is_number: whether it is set against its right edge.
    """

    heading: str
    cells: Sequence[Text]
    is_number: bool = True


def grid(columns: Sequence[Column], titles: Sequence[Text] | None = None) -> list[Text]:
    """Set columns side by side; returns lines, each of which is one line of the screen.

    Args:
        columns: with the same number of cells each.
        titles: a line before each entry, below a blank one; it may be longer than the columns.
    """
    widths = [_width(column) for column in columns]
    headings = [Text(column.heading, "dim") for column in columns]
    lines = _side_by_side(headings, columns, widths, at_bottom=True)
    for index, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        if titles is not None:
            lines += [Text(), titles[index]]
        lines.extend(_side_by_side(cells, columns, widths))
    return lines


def width_of(lines: Sequence[Text]) -> int:
    """Columns of the screen that the longest line takes."""
    return max(len(line.plain.rstrip()) for line in lines)


def _width(column: Column) -> int:
    texts = [column.heading, *(cell.plain for cell in column.cells)]
    return max(len(line) for text in texts for line in text.split("\n"))


def _side_by_side(
    cells: Sequence[Text],
    columns: Sequence[Column],
    widths: Sequence[int],
    *,
    at_bottom: bool = False,
) -> list[Text]:
    """The lines of one entry."""
    parts = [cell.split("\n", allow_blank=True) or [Text()] for cell in cells]
    if at_bottom:
        height = max(map(len, parts))
        parts = [[*[Text()] * (height - len(part)), *part] for part in parts]
    lines = []
    for row in zip_longest(*parts, fillvalue=Text()):
        padded: list[str | Text] = []
        for part, column, width in zip(row, columns, widths, strict=True):
            blanks = " " * (width - len(part))
            padded += [blanks, part] if column.is_number else [part, blanks]
            padded.append(" " * GAP)
        lines.append(Text.assemble(*padded[:-1], no_wrap=True))
    return lines
