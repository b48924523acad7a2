"""What the loop tells its observer and writes down, from where it stands."""

from dltrain.evaluation.figures import Figures
from dltrain.training.observer import EpochRecord, Progress
from dltrain.training.state import LoopState

LEAST_SECONDS = 1e-9  # a division by the time of a call that took none


def progress_of(state: LoopState, metric: str, learning_rate: float) -> Progress:
    """Where a training stands after a call.

    Args:
        state: of the loop.
        metric: the name of the training score.
        learning_rate: of the last update.
    """
    return Progress(
        epoch=state.epoch + 1,
        step=state.step,
        step_in_epoch=state.step_in_epoch,
        train=state.sums.metrics(metric),
        learning_rate=learning_rate,
        examples_per_second=state.sums.examples / max(state.sums.seconds, LEAST_SECONDS),
    )


def record_of(
    state: LoopState,
    metric: str,
    learning_rate: float,
    figures: Figures | None,
    *,
    is_best: bool,
    training_seconds: float,
) -> EpochRecord:
    """The epoch that has just ended.

    Args:
        state: of the loop, the sums of the epoch still in it.
        metric: the name of the training score.
        learning_rate: of the last update.
        figures: of its validation, if it had one.
        is_best: whether that is the best so far.
        training_seconds: of its steps alone.
    """
    return EpochRecord(
        epoch=state.epoch,
        step=state.step,
        train=state.sums.metrics(metric),
        validation=figures.as_metrics() if figures else None,
        learning_rate=learning_rate,
        seconds=state.sums.seconds,
        examples_per_second=state.sums.examples / max(training_seconds, LEAST_SECONDS),
        is_best=is_best,
    )
