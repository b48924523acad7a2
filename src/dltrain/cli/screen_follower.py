"""The screen of a worker that is not the chief: that it takes part, and what only it knows."""

from types import TracebackType
from typing import Self, TextIO

from dltrain.cli.screen_stream import QuietStream
from dltrain.cli.screen_text import plain
from dltrain.runs.cluster import Cluster
from dltrain.training.observer import EpochRecord, Progress, RunFacts


class FollowerScreen:
    """Prints few lines, each flushed at once: the figures are on the chief's screen."""

    def __init__(self, stream: TextIO, cluster: Cluster) -> None:
        self._stream, self._cluster = QuietStream(stream), cluster

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing is held back."""

    def on_phase(self, message: str) -> None:
        """Told by the chief, but for what it does alone: it waits."""
        if message.startswith("waiting"):
            self._say(message)

    def on_start(self, facts: RunFacts) -> None:
        """Say that it takes part, and with which device."""
        of_all = f"worker {self._cluster.index} of {self._cluster.count}"
        self._say(f"{of_all} takes part: {facts.device}; worker 0 shows the progress")

    def on_progress(self, progress: Progress) -> None:
        """Shown by the chief."""

    def on_epoch(self, record: EpochRecord) -> None:
        """Shown by the chief."""

    def on_notice(self, message: str) -> None:
        """Print the message, one line for each of its own."""
        for line in message.splitlines():
            self._say(f"note: {line}")

    def _say(self, line: str) -> None:
        self._stream.write(f"{plain(line)}\n")
