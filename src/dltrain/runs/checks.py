"""What `dltrain verify` finds, one check after the other; none keeps the next from being made."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from dltrain.errors import DltrainError
from dltrain.runs.reading import reason_of

Failures = tuple[type[Exception], ...]
UNREADABLE: Failures = (DltrainError, OSError, ValueError, KeyError, TypeError, RecursionError)
"""What reading a damaged file may raise; pydantic's errors are ValueErrors."""

Content = TypeVar("Content")


@dataclass(frozen=True)
class Check:
    """One line of `dltrain verify`.

    Attributes:
        name: what was looked at.
        ok: whether it holds; None for what is no fault but worth knowing.
        message: what was found.
    """

    name: str
    ok: bool | None
    message: str

    @property
    def mark(self) -> Literal["ok", "BAD", "note"]:
        """How a line of it begins."""
        if self.ok is None:
            return "note"
        return "ok" if self.ok else "BAD"


@dataclass
class Report:
    """The checks made so far.

    Attributes:
        tell: called with each check as soon as it is made.
        checks: in the order they were made.
    """

    tell: Callable[[Check], None]
    checks: list[Check] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many checks found something."""
        return sum(check.ok is False for check in self.checks)

    @property
    def made(self) -> int:
        """How many checks there were; notes are none."""
        return sum(check.ok is not None for check in self.checks)

    def add(self, name: str, ok: bool | None, message: str) -> None:
        """Take down a check."""
        check = Check(name, ok, message)
        self.checks.append(check)
        self.tell(check)

    def note(self, name: str, message: str) -> None:
        """Take down what is no fault but worth knowing."""
        self.add(name, None, message)

    def hold(self, name: str, problems: Iterable[str], fine: str) -> None:
        """Make a check.

        Args:
            name: what is looked at.
            problems: what is wrong with it; that it cannot be told is wrong too.
            fine: what to say if nothing is.
        """
        found: list[str] = []
        try:
            found.extend(problems)
        except UNREADABLE as error:
            found.append(reason_of(error))
        self.add(name, not found, "; ".join(found) or fine)

    def attempt(
        self,
        name: str,
        read: Callable[[], Content],
        failures: Failures = UNREADABLE,
    ) -> Content | None:
        """What `read` gives; None, and a check that failed, if it raises one of the failures."""
        try:
            return read()
        except failures as error:
            self.add(name, False, reason_of(error))
            return None
