"""Signals that a parent hears for its children, which alone know how to stop well."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

FORWARDED = {
    signal.SIGINT: signal.SIGINT,
    signal.SIGTERM: signal.SIGTERM,
    signal.SIGHUP: signal.SIGTERM,
}


@contextlib.contextmanager
def hearing_signals(tell: Callable[[signal.Signals], Any]) -> Iterator[None]:
    """Tell each signal that asks to stop, as a child should get it, instead of obeying it.

    Args:
        tell: called in the main thread, between two of its instructions.
    """

    def hear(number: int, _: Any) -> None:
        tell(FORWARDED[signal.Signals(number)])

    before = {number: signal.signal(number, hear) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
