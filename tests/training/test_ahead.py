"""The examples of the next calls are fetched in order, few at a time, and no longer than needed."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from dltrain.training.ahead import CALLS_AHEAD, fetching_ahead


def calls(count: int, begun: list[int]) -> Iterator[Any]:
    """Calls of one index each; which of them were begun is written down."""
    for number in range(count):
        begun.append(number)
        yield np.array([[number]])


def fetch(indices: Any) -> tuple[int, ...]:
    """What a call brings: its number, or an error for the third."""
    number = int(indices[0, 0])
    if number == 3:
        raise OSError("the disk is gone")
    return (number,)


def names() -> set[str]:
    """The threads there are."""
    return {thread.name for thread in threading.enumerate()}


def test_order_and_bound() -> None:
    """Calls come in their order, and no more than the bound are begun before they are needed."""
    begun: list[int] = []
    with fetching_ahead(fetch, calls(3, begun)) as ahead:
        assert begun == list(range(CALLS_AHEAD))
        found = [(int(indices[0, 0]), examples.result()) for indices, examples in ahead if examples]
    assert found == [(0, (0,)), (1, (1,)), (2, (2,))]
    assert not any(name.startswith("examples") for name in names())


def test_error() -> None:
    """What goes wrong in the thread is raised where its call is due, and not before."""
    with fetching_ahead(fetch, calls(9, [])) as ahead:
        for number in range(3):
            assert next(ahead)[1].result() == (number,)  # type: ignore[union-attr]
        with pytest.raises(OSError, match="the disk is gone"):
            next(ahead)[1].result()  # type: ignore[union-attr]


def test_leaving_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that is left by an error leaves no thread, and what had not begun is not fetched."""
    has_begun, may_go_on = threading.Event(), threading.Event()
    fetched: list[int] = []
    cancelled: list[bool] = []

    def slow(indices: Any) -> tuple[int, ...]:
        fetched.append(int(indices[0, 0]))
        has_begun.set()
        assert may_go_on.wait(10)
        return ()

    def cancel(future: Any) -> None:
        cancelled.append(really_cancel(future))
        if len(cancelled) == CALLS_AHEAD:
            may_go_on.set()

    def stop() -> None:
        with fetching_ahead(slow, calls(9, [])) as ahead:
            next(ahead)
            assert has_begun.wait(10)
            raise KeyboardInterrupt

    really_cancel = Future.cancel
    monkeypatch.setattr(Future, "cancel", cancel)

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert (fetched, cancelled) == ([0], [True] * CALLS_AHEAD)
    assert not any(name.startswith("examples") for name in names())
