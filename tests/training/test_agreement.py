"""Between two calls all workers decide the same."""

import signal
from typing import Any

import numpy as np
import pytest

from dltrain.runs.cluster import Cluster


class Others:
    """Stands for the sum over the workers: what the others ask for is given."""

    def __init__(self, index: int, asked: list[int]) -> None:
        self.cluster = Cluster(index=index, count=2, addresses=("a:1", "b:1"))
        self.is_chief = self.cluster.is_chief
        self._asked = np.array(asked, np.int64)

    def total(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Ours and theirs."""
        return numbers + self._asked


@pytest.fixture
def interrupt(tensorflow: None) -> Any:  # noqa: ARG001 - prepared, not used
    """The flag of this worker's signals."""
    from dltrain.training.interrupt import Interrupt

    return Interrupt()


def agreed(others: Others, interrupt: Any, *, due: bool = False, over: bool = False) -> Any:
    """What comes of what this worker and the others ask."""
    from dltrain.training.agreement import agree

    return agree(others, interrupt, is_due=due, is_out_of_time=over)  # type: ignore[arg-type]


def test_nobody_asks(interrupt: Any) -> None:
    """Training goes on."""
    found = agreed(Others(0, [0, 0, 0, 0]), interrupt)
    assert (found.signal_number, found.is_due, found.is_out_of_time) == (None, False, False)


def test_a_signal_to_another_worker_is_ours_too(interrupt: Any) -> None:
    """All end alike, with the same exit code."""
    assert agreed(Others(0, [0, 1, 0, 0]), interrupt).signal_number == signal.SIGINT
    assert interrupt.exit_code == 130


def test_sigterm_goes_before_sigint(interrupt: Any) -> None:
    """Two signals at two workers: both end with 143."""
    interrupt.signal_number = signal.SIGINT
    assert agreed(Others(1, [1, 0, 0, 0]), interrupt).signal_number == signal.SIGTERM
    assert interrupt.exit_code == 143


def test_a_signal_that_comes_meanwhile_is_not_forgotten(interrupt: Any) -> None:
    """It came after the others were asked: this time nobody stops, the next time all do."""

    class Meanwhile(Others):
        def total(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
            interrupt.signal_number = signal.SIGTERM
            return super().total(numbers)

    assert agreed(Meanwhile(0, [0, 0, 0, 0]), interrupt).signal_number is None
    assert agreed(Others(0, [0, 0, 0, 0]), interrupt).signal_number == signal.SIGTERM


@pytest.mark.parametrize(("index", "counts"), [(0, True), (1, False)])
def test_only_the_clock_of_the_chief_counts(interrupt: Any, index: int, counts: bool) -> None:
    """Clocks differ; one decides for all."""
    found = agreed(Others(index, [0, 0, 0, 0]), interrupt, due=True, over=True)
    assert (found.is_due, found.is_out_of_time) == (counts, counts)


def test_what_the_chief_asks_holds_for_the_others(interrupt: Any) -> None:
    """A worker whose own clock says nothing saves and ends with the chief."""
    found = agreed(Others(1, [0, 0, 1, 1]), interrupt)
    assert (found.is_due, found.is_out_of_time) == (True, True)
