"""Going on after a figure that is not finite: from an earlier checkpoint, at a lower rate."""

from dltrain.errors import DivergedError, RunError
from dltrain.training.loop import Loop


def train(loop: Loop) -> None:
    """Train to the end; where `train.on_nan` is 'rollback', through figures that are not finite.

    Raises:
        Interrupted: a signal came; the state is saved.
        DivergedError: the loss or a gradient is no longer finite, and it may not go back (again).
        RunError: the disk did not take the last checkpoint.
    """
    if loop.experiment.train.on_nan == "stop":
        loop.train()
        return
    if loop.state.step == 0:
        loop.save_planned()  # where to go back to from the first epoch
    while True:
        try:
            loop.train()
        except DivergedError as error:
            _go_back(loop, error)
        else:
            return


def _go_back(loop: Loop, error: DivergedError) -> None:
    """Stand where the newest planned checkpoint stood, which is the same in every such run.

    It is written again with the number of roll-backs, so that a kill changes nothing.

    Raises:
        DivergedError: that was done often enough, or there is no checkpoint.
        RunError: the disk, which has refused that checkpoint, does so still.
    """
    train, what = loop.experiment.train, str(error).splitlines()[0].removesuffix(".")
    rollbacks, seconds = loop.state.rollbacks + 1, loop.state.seconds
    if rollbacks > train.rollbacks:
        raise DivergedError(f"{error}\nIt has gone back {train.rollbacks} times already.")
    try:
        checkpoint = loop.shared(loop.saver.newest_planned())
        if checkpoint is None:
            raise error
        loop.restore(checkpoint)
    except OSError as refusal:
        raise RunError(
            f"{what}; going back needs the disk, which refuses it: {refusal}.\n"
            "Make room and run the same command again."
        ) from refusal
    loop.state.rollbacks = rollbacks
    loop.state.seconds = max(seconds, loop.state.seconds)  # train.max_seconds counts all of them
    loop.notice(
        f"{what}; going back to step {checkpoint.step} and on at "
        f"{train.rollback_factor**rollbacks:.3g} times the learning rate "
        f"(roll-back {rollbacks} of at most {train.rollbacks})"
    )
    loop.save_planned()
