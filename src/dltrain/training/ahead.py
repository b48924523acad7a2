"""Read the examples of the next calls while the one before is computed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

Indices = np.ndarray[Any, Any]
Fetched = tuple[Any, ...]
"""The tensors that a call brings; see `dltrain.training.streamed`."""
Ahead = Iterator[tuple[Indices, Future[Fetched] | None]]
"""The indices of a call, and what is being fetched for it where something is."""

CALLS_AHEAD = 2  # with the one under way there are the examples of three calls in memory


@contextmanager
def fetching_ahead(
    fetch: Callable[[Indices], Fetched], calls: Iterable[Indices]
) -> Iterator[Ahead]:
    """Fetch call after call in a thread while the block runs; it is over when the block is.

    Args:
        fetch: given the indices of a call.
        calls: the indices of one call after the other.

    Yields:
        Each call with what is being fetched for it; its `result` waits, and raises what went
        wrong in the thread.
    """
    with ThreadPoolExecutor(1, "examples") as thread:
        begun = ((indices, thread.submit(fetch, indices)) for indices in calls)
        waiting = deque(islice(begun, CALLS_AHEAD))
        try:
            yield _in_order(waiting, begun)
        finally:
            for _, examples in waiting:
                examples.cancel()


def _in_order(
    waiting: deque[tuple[Indices, Future[Fetched]]],
    begun: Iterator[tuple[Indices, Future[Fetched]]],
) -> Ahead:
    """Hand out the oldest call, and begin one more for it."""
    while waiting:
        oldest = waiting.popleft()
        waiting.extend(islice(begun, 1))
        yield oldest
