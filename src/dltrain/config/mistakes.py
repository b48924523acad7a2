"""The mistakes of a config, collected so that all of them are reported at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from dltrain.config.places import Place, printable, quoted, snippet
from dltrain.errors import UserError

_INDENT = " " * 8


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing that is wrong in a config.

    Attributes:
        message: what was given and what was expected, in one sentence.
        path: the key, e.g. ``model.filters[1]``; empty when a whole file is meant.
        place: where it was written.
        allowed: the spellings that would have been right, where they can be listed.
        suggestion: the nearest right spelling.
        hint: what to do, where a spelling does not say it.
        related: the other places that take part in the mistake.
    """

    message: str
    path: str
    place: Place
    allowed: tuple[str, ...] = ()
    suggestion: str | None = None
    hint: str | None = None
    related: tuple[Place, ...] = ()


class ConfigError(UserError):
    """Every mistake of a config at once; ``str()`` of it is the report for the user."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(render(self.mistakes))


def as_json(mistake: Mistake) -> dict[str, str | int | None]:
    """Return the mistake as one entry of ``dltrain config check --json``."""
    allowed = f"; allowed: {', '.join(mistake.allowed)}" if mistake.allowed else ""
    return {
        "file": mistake.place.source,
        "line": mistake.place.line or None,
        "column": mistake.place.column or None,
        "path": mistake.path,
        "message": mistake.message + allowed,
        "suggestion": mistake.suggestion or mistake.hint,
    }


def render(mistakes: Sequence[Mistake]) -> str:
    """Write all mistakes as plain text without control characters, closed by their count."""
    lines = [line for mistake in mistakes for line in _lines(mistake)]
    sources = list(dict.fromkeys(printable(mistake.place.source) for mistake in mistakes))
    count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
    return "\n".join([*lines, f"{count} in {' and '.join(sources)}"])


def _lines(mistake: Mistake) -> list[str]:
    path = f"{printable(mistake.path)}: " if mistake.path else ""
    lines = [f"{mistake.place}: {path}{printable(mistake.message)}", *snippet(mistake.place)]
    for place in mistake.related:
        lines += [f"{_INDENT}see {place}", *snippet(place)]
    if mistake.allowed:
        lines.append(f"{_INDENT}allowed: {', '.join(map(printable, mistake.allowed))}")
    if mistake.suggestion is not None:
        lines.append(f"{_INDENT}did you mean {quoted(mistake.suggestion)}?")
    if mistake.hint is not None:
        lines.append(f"{_INDENT}{printable(mistake.hint)}")
    return lines
