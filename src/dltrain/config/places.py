"""Where a config value was written, and how that spot is shown to a person."""

import unicodedata
from dataclasses import dataclass

SET_SOURCE = "--set"
_GUTTER = 5
_WIDEST = 100
_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Place:
    """A spot in a config file or in the argument of ``--set``.

    Attributes:
        source: the file's path as the user gave it, or ``--set``.
        line: counted from 1; 0 when the whole file is meant.
        column: counted from 1 in characters.
        text: the source line, as written.
        length: characters to mark from ``column`` on.
    """

    source: str
    line: int = 0
    column: int = 0
    text: str = ""
    length: int = 0

    def __str__(self) -> str:
        """Write ``source:line:column``, or the source alone for a whole file."""
        name = printable(self.source)
        return f"{name}:{self.line}:{self.column}" if self.line else name


def printable(text: str) -> str:
    """Replace what could move the cursor or colour the screen by its escape code."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def quoted(text: str) -> str:
    """Put a text of the user between quotes: printable, and cut when it is long."""
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 3] + "..."
    return f"'{printable(short)}'"


def snippet(place: Place) -> list[str]:
    """Show the source line with the spot marked below it; nothing for a whole file."""
    if not place.line:
        return []
    text, start = _window(place.text, max(place.column - 1, 0))
    before, marked = text[:start], text[start : start + place.length]
    marks = "^" * max(_width(printable(marked)), 1)
    return [
        f"{place.line:>{_GUTTER}} | {printable(text)}".rstrip(),
        f"{'':>{_GUTTER}} | {' ' * _width(printable(before))}{marks}",
    ]


def _window(text: str, start: int) -> tuple[str, int]:
    """Cut a long line to the part around the spot; returns it and where the spot is in it."""
    if len(text) <= _WIDEST:
        return text, start
    first = max(0, start - _WIDEST // 2)
    cut = text[first : first + _WIDEST]
    head = "..." if first else ""
    tail = "..." if first + _WIDEST < len(text) else ""
    return head + cut + tail, start - first + len(head)


def _width(text: str) -> int:
    """Count terminal cells: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
