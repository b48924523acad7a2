"""What is said of a training whose figures are no longer finite."""

from pathlib import Path

from dltrain.checkpoints.folder import in_folder
from dltrain.errors import DivergedError


def diverged(
    what: str,
    *,
    step: int,
    total_steps: int,
    learning_rate: float,
    checkpoints: Path,
    may_go_back: bool,
) -> DivergedError:
    """The error of a training that blew up, which says where and what may help.

    Args:
        what: which figure was not finite.
        step: the update that did it, from 1.
        total_steps: of the whole training.
        learning_rate: of that update.
        checkpoints: the run's folder of checkpoints.
        may_go_back: whether `train.on_nan` is 'rollback' already.
    """
    saved = in_folder(checkpoints)
    last_good = (
        f"The last good checkpoint is checkpoints/{saved[-1].name}."
        if saved
        else "There is no checkpoint before it."
    )
    also = "" if may_go_back else ", or go back at a lower rate (train.on_nan: rollback)"
    return DivergedError(
        f"training diverged at step {step} of {total_steps}: {what}, "
        f"at learning rate {learning_rate:.6g}.\n{last_good}\n"
        "Lower optimizer.learning_rate, add warm-up (optimizer.schedule.warmup) or clip the "
        f"gradient (optimizer.clip_norm){also}."
    )
