"""Between a training and its checkpoints: when a passing one is due, and what a full disk means."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dltrain.checkpoints import folder, store
from dltrain.checkpoints.store import Arrays, Checkpoint
from dltrain.checkpoints.variables import assign
from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.errors import CheckpointError, RunError
from dltrain.runs.metrics_file import MetricsFile
from dltrain.training.learner import Learner
from dltrain.training.state import LoopState

MOST_TIME_FOR_WRITING = 0.01  # part of the training time that passing checkpoints may take


class Saver:
    """Writes a training's checkpoints, deletes those no longer wanted, goes back to one.

    A disk that does not take one does not end the training: the person is told, and the
    best, and where a roll-back would go, are held in memory until the disk takes them, before
    any newer one, so that none on the disk names a best that is not there.
    """

    def __init__(
        self,
        *,
        experiment: ExperimentConfig,
        info: DatasetInfo,
        learner: Learner,
        checkpoints: Path,
        metrics: Path,
        environment: dict[str, Any],
        notice: Callable[[str], None],
    ) -> None:
        self._experiment, self._info, self._learner = experiment, info, learner
        self._folder, self._metrics, self._notice = checkpoints, MetricsFile(metrics), notice
        self._environment, self._structure = environment, learner.structure
        self._tried_at = 0.0
        self._cost = 0.0
        self._waiting: list[Checkpoint] = []
        self._problem: str | None = None

    def restore(self, checkpoint: Checkpoint) -> LoopState:
        """Put everything back to where a checkpoint stood; gives the state of the loop.

        Raises:
            CheckpointError: today's builder makes other variables, or the lines of metrics it
                counts are not there.
        """
        state = LoopState.from_json(checkpoint.state)
        if not self._metrics.begins_with(state.metrics_length, state.metrics_sha256):
            raise CheckpointError(
                f"{self._metrics.path} is not what the run had written at step {state.step}.\n"
                "Put it back from a copy, or start anew with --fresh."
            )
        written_by = checkpoint.environment["packages"].get("dltrain", "another version")
        assign(checkpoint.arrays, self._learner.variables(), written_by=written_by)
        self._metrics.cut_back(state.metrics_length)
        folder.prune(self._folder, keep=self._experiment.train.keep_checkpoints)  # if a kill cut it
        self._tried_at, self._waiting, self._problem = state.seconds, [], None
        return state

    def newest(self) -> Checkpoint | None:
        """The newest good checkpoint of the run; None if there is none, and no metrics then.

        Raises:
            CheckpointError: it was written by a dltrain that this one does not understand.
        """
        checkpoint = folder.newest_good(self._folder, self._notice)
        if checkpoint is None:
            self._metrics.cut_back(0)
        return checkpoint

    def newest_planned(self) -> Checkpoint | None:
        """The newest planned checkpoint, which is the last from then on; None if there is none.

        Raises:
            OSError: the disk refuses what waits to be written, or to delete what came after.
        """
        self.write_waiting()
        checkpoint = folder.newest_good(self._folder, self._notice, only_planned=True)
        if checkpoint is not None:
            folder.delete_after(self._folder, checkpoint.step)
        return checkpoint

    def log(self, line: dict[str, Any]) -> None:
        """Append a line to the run's metrics."""
        self._metrics.append(line)

    def is_due(self, seconds: float) -> bool:
        """Whether the clock asks for a passing checkpoint.

        Args:
            seconds: training time so far.
        """
        interval = self._experiment.train.checkpoint_seconds
        if interval is None:
            return False
        return seconds - self._tried_at >= max(interval, self._cost / MOST_TIME_FOR_WRITING)

    def save(self, arrays: Arrays, state: LoopState, started: float) -> None:
        """Write a checkpoint of this moment, after those that waited; a failure is told.

        Args:
            arrays: every variable.
            state: where the training stands; its seconds then count the writing too.
            started: of `time.perf_counter`, before the variables were read.
        """
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
        self._write(checkpoint)
        self._cost = time.perf_counter() - started
        state.seconds += self._cost
        self._tried_at = state.seconds

    def _write(self, checkpoint: Checkpoint) -> None:
        self._problem = None
        try:
            self.write_waiting()
            store.save(self._folder, checkpoint)
        except OSError as error:
            self._problem = error.strerror or str(error)
            self._hold(checkpoint)
            self._notice(
                f"the checkpoint of step {checkpoint.step} could not be written: "
                f"{self._problem}; training goes on, and {self._last_good()}"
            )
        folder.prune(self._folder, keep=self._experiment.train.keep_checkpoints)

    def write_waiting(self) -> None:
        """Write what the disk has refused so far: lines of metrics, and checkpoints still needed.

        Raises:
            OSError: it refuses them again.
        """
        self._metrics.sync()
        while self._waiting:
            store.save(self._folder, self._waiting[0])
            del self._waiting[0]

    def _hold(self, checkpoint: Checkpoint) -> None:
        """Keep the newest best, and the newest that a roll-back would go to, oldest first."""
        waiting = [*self._waiting, checkpoint]
        needed = [each for each in waiting if _is_best(each)][-1:]
        if self._experiment.train.on_nan == "rollback":
            needed += [each for each in waiting if each.state["planned"]][-1:]
        self._waiting = [each for each in waiting if any(each is other for other in needed)]

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


def _is_best(checkpoint: Checkpoint) -> bool:
    best = checkpoint.state["best"]
    return best is not None and best["step"] == checkpoint.step
