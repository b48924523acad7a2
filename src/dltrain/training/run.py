"""The story of one run, from a config to a run directory that explains itself."""

import contextlib
from typing import Any

from dltrain.errors import DivergedError, RunError
from dltrain.runs.files import replace_json, sealed
from dltrain.training.interrupt import Interrupt
from dltrain.training.journal import note
from dltrain.training.loop import Interrupted, Loop
from dltrain.training.observer import Observer
from dltrain.training.outcome import finish, outcome
from dltrain.training.prepare import prepare
from dltrain.training.request import Request
from dltrain.training.rollback import train

__all__ = ["Request", "train_run"]


def train_run(request: Request, observer: Observer, interrupt: Interrupt) -> dict[str, Any]:
    """Begin or continue a run, train it to its end, test it once, and sum it up.

    Args:
        request: what to train, and where.
        observer: told what happens.
        interrupt: the flag of the signals.

    Returns:
        The content of ``summary.json``; of a worker that is not the chief, a part of it.

    Raises:
        Interrupted: a signal came, to this worker or another; the state is saved.
        DivergedError: the loss or a gradient is no longer finite; noted in the summary.
        RunError: the disk did not take the last checkpoint, or another worker is gone; the run can
            go on from the checkpoint before.
        UserError: the data or the devices are not there.
    """
    loop = prepare(request, observer, interrupt)
    summary = _train(loop)
    if loop.team.is_chief:
        replace_json(loop.run.summary, sealed(summary))
    note(loop.team, loop.run, "finished", step=loop.state.step)
    with loop.team.losing_nobody():
        loop.team.meet()  # no worker calls a run finished that the chief has not written down
    return summary


def _train(loop: Loop) -> dict[str, Any]:
    """Train and sum up; what ends it early is written down."""
    run, team = loop.run, loop.team
    try:
        with team.losing_nobody():
            train(loop)
            return finish(loop)
    except Interrupted:
        number = loop.interrupt.signal_number
        note(team, run, "interrupted", step=loop.state.step, signal=number)
        raise
    except DivergedError as error:
        note(team, run, "diverged", step=loop.state.step, message=str(error))
        _write_down(loop, error)
        raise
    except RunError as error:  # it can go on, once the disk or the other workers are there
        note(team, run, "failed", step=loop.state.step, message=str(error))
        raise


def _write_down(loop: Loop, error: DivergedError) -> None:
    """The summary of a run that has diverged; unwritten, the same command finds it again."""
    if not loop.team.is_chief:
        return
    summary = {**outcome(loop, "diverged"), "stopped": None, "error": str(error)}
    with contextlib.suppress(OSError):
        loop.saver.write_waiting()
        replace_json(loop.run.summary, sealed(summary))
