"""What a worker does where the chief writes the run directory: it keeps up, and writes nothing."""

from typing import Any

from dltrain.checkpoints.store import Arrays, Checkpoint
from dltrain.checkpoints.variables import assign
from dltrain.training.learner import Learner
from dltrain.training.state import LoopState


class Follower:
    """Stands where the chief has its `dltrain.training.saving.Saver`."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner

    def newest(self) -> Checkpoint | None:
        """The chief has them."""
        return None

    def newest_planned(self) -> Checkpoint | None:
        """The chief has them."""
        return None

    def restore(self, checkpoint: Checkpoint) -> LoopState:
        """Put everything back to where the chief's checkpoint stood.

        Raises:
            CheckpointError: this worker's builder makes other variables.
        """
        written_by = checkpoint.environment["packages"].get("dltrain", "another version")
        assign(checkpoint.arrays, self._learner.variables(), written_by=written_by)
        return LoopState.from_json(checkpoint.state)

    def is_due(self, _seconds: float) -> bool:
        """The chief's clock decides."""
        return False

    def log(self, line: dict[str, Any]) -> None:
        """The chief writes the lines of metrics."""

    def save(self, arrays: Arrays, state: LoopState, started: float) -> None:
        """The chief writes the checkpoints."""

    def write_waiting(self) -> None:
        """Nothing waits here."""

    def insist_on_disk(self, what: str) -> None:
        """A chief whose disk refuses fails, and with it this worker's next sum."""
