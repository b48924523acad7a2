"""What is to be done between two calls, as all workers decide it together."""

import signal
from dataclasses import dataclass

import numpy as np

from dltrain.devices.team import Team
from dltrain.training.interrupt import Interrupt


@dataclass(frozen=True)
class Agreed:
    """What all workers do before the next call.

    Attributes:
        signal_number: stop, because a signal came to any of them; None to go on.
        is_due: write a passing checkpoint, by the chief's clock.
        is_out_of_time: end the training, by the chief's clock.
    """

    signal_number: int | None = None
    is_due: bool = False
    is_out_of_time: bool = False


def agree(team: Team, interrupt: Interrupt, *, is_due: bool, is_out_of_time: bool) -> Agreed:
    """Ask all workers, which all have to ask at the same step.

    SIGTERM goes before SIGINT, so that all of them end alike.

    Args:
        team: the workers.
        interrupt: this worker's signals; takes over what has come to another.
        is_due: what this worker's clock says, which counts of the chief's alone.
        is_out_of_time: likewise.
    """
    asked = [
        interrupt.signal_number == signal.SIGTERM,
        interrupt.signal_number == signal.SIGINT,
        team.is_chief and is_due,
        team.is_chief and is_out_of_time,
    ]
    terminate, stop, due, out_of_time = team.total(np.array(asked, np.int64))
    if terminate or stop:  # never back to None: a signal may have come to this worker meanwhile
        interrupt.signal_number = int(signal.SIGTERM if terminate else signal.SIGINT)
    number = interrupt.signal_number if terminate or stop else None
    return Agreed(number, bool(due), bool(out_of_time))
