"""Between a training and its checkpoints: when a passing one is due, and what a full disk means."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dltrain.checkpoints import folder, store
from dltrain.checkpoints.store import Arrays, Checkpoint
from dltrain.checkpoints.variables import assign, structure_of
from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.errors import RunError
from dltrain.runs.metrics_file import MetricsFile
from dltrain.training.learner import Learner
from dltrain.training.state import LoopState

MOST_TIME_FOR_WRITING = 0.01  # part of the training time that passing checkpoints may take


class Saver:
    """Writes a training's checkpoints, deletes those no longer wanted, goes back to one.

    A disk that does not take one does not end the training: the person is told, and the
    best is held in memory until the disk takes it, before any newer one, so that none on
    the disk names a best that is not there.
    """

    def __init__(
        self,
        *,
        experiment: ExperimentConfig,
        info: DatasetInfo,
        learner: Learner,
        checkpoints: Path,
        metrics: MetricsFile,
        environment: dict[str, Any],
        notice: Callable[[str], None],
    ) -> None:
        self._experiment, self._info, self._learner = experiment, info, learner
        self._folder, self._metrics, self._notice = checkpoints, metrics, notice
        self._environment, self._structure = environment, structure_of(learner.model)
        self._tried_at = 0.0
        self._cost = 0.0
        self._waiting: Checkpoint | None = None
        self._problem: str | None = None

    def restore(self, checkpoint: Checkpoint) -> LoopState:
        """Put everything back to where a checkpoint stood; gives the state of the loop.

        Raises:
            CheckpointError: today's builder makes other variables.
        """
        written_by = checkpoint.environment["packages"].get("dltrain", "another version")
        assign(checkpoint.arrays, self._learner.variables(), written_by=written_by)
        state = LoopState.from_json(checkpoint.state)
        self._metrics.cut_back(state.metrics_length)
        folder.prune(self._folder, keep=self._experiment.train.keep_checkpoints)  # if a kill cut it
        self._tried_at, self._waiting, self._problem = state.seconds, None, None
        return state

    def is_due(self, seconds: float) -> bool:
        """Whether the clock asks for a passing checkpoint.

        Args:
            seconds: training time so far.
        """
        interval = self._experiment.train.checkpoint_seconds
        if interval is None:
            return False
        return seconds - self._tried_at >= max(interval, self._cost / MOST_TIME_FOR_WRITING)

    def save(self, arrays: Arrays, state: LoopState) -> None:
        """Write a checkpoint of this moment, after one that waited; a failure is told.

        Args:
            arrays: every variable.
            state: where the training stands; its seconds then count the writing too.
        """
        started = time.perf_counter()
        state.metrics_length, state.metrics_sha256 = self._metrics.length, self._metrics.sha256
        checkpoint = Checkpoint(
            step=state.step,
            experiment=self._experiment,
            info=self._info,
            arrays=arrays,
            state=state.as_json(),
            structure=self._structure,
            environment=self._environment,
        )
        self._write(checkpoint, is_best=state.best is not None and state.best.step == state.step)
        self._cost = time.perf_counter() - started
        state.seconds += self._cost
        self._tried_at = state.seconds

    def _write(self, checkpoint: Checkpoint, *, is_best: bool) -> None:
        try:
            self._metrics.sync()
            if self._waiting is not None:
                store.save(self._folder, self._waiting)
                self._waiting = None
            store.save(self._folder, checkpoint)
        except OSError as error:
            self._problem = error.strerror or str(error)
            if is_best:
                self._waiting = checkpoint
            self._notice(
                f"the checkpoint of step {checkpoint.step} could not be written: "
                f"{self._problem}; training goes on, and {self._last_good()}"
            )
        else:
            self._problem = None
            folder.prune(self._folder, keep=self._experiment.train.keep_checkpoints)

    def insist_on_disk(self, what: str) -> None:
        """Make sure that the newest checkpoint could be written.

        Args:
            what: the half sentence the message begins with.

        Raises:
            RunError: it could not.
        """
        if self._problem is not None:
            raise RunError(
                f"{what} its last checkpoint could not be written: {self._problem}.\n"
                f"Make room and run the same command again; {self._last_good()}."
            )

    def _last_good(self) -> str:
        """Half a sentence about the newest checkpoint on the disk."""
        saved = folder.in_folder(self._folder)
        if not saved:
            return "there is no checkpoint before it"
        return f"the last good one is checkpoints/{saved[-1].name}"
