"""The plain screen: one line per event, for pipes, files and simple terminals."""

import time
from types import TracebackType
from typing import Self, TextIO

from dltrain.cli.screen_fields import (
    SKIP_HINT,
    best_field,
    epoch_fields,
    header_rows,
    left_field,
    place_fields,
    train_field,
)
from dltrain.cli.screen_state import RunState
from dltrain.cli.screen_stream import QuietStream
from dltrain.cli.screen_text import plain
from dltrain.training.observer import EpochRecord, Progress, RunFacts

SILENCES = (10.0, 30.0, 60.0)
"""Seconds without a line after which progress is told: once, once, then each time."""


class LineScreen:
    """Prints lines without control characters, each flushed at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = QuietStream(stream)
        self._run: RunState | None = None
        self._phases: set[str] = set()
        self._has_hinted = False
        self._line_time = time.monotonic()
        self._num_progress_lines = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Print what was held back, so that the last epoch and the last steps are told."""
        self._tell_rest()

    def on_phase(self, message: str) -> None:
        """Name the phase, once: a phase of every epoch would drown the rest."""
        if message not in self._phases:
            self._phases.add(message)
            if self._run is not None and not self._run.is_mid_epoch:
                self._tell_rest()
            self._say(plain(message))

    def on_start(self, facts: RunFacts) -> None:
        """Print what is known before the first step."""
        self._tell_rest()
        self._run = RunState(facts)
        self._phases.clear()
        self._has_hinted = False
        self._num_progress_lines = 0
        for label, text in header_rows(self._run):
            self._say(f"{label:<7}  {text}")

    def on_progress(self, progress: Progress) -> None:
        """Print a line only after a long silence."""
        if self._run is None:
            return
        now = time.monotonic()
        self._run.advance(progress, now)
        silence = SILENCES[min(self._num_progress_lines, len(SILENCES) - 1)]
        if now - self._line_time >= silence:
            self._num_progress_lines += 1
            self._tell_progress(self._run, progress, left_field(self._run, now))

    def on_epoch(self, record: EpochRecord) -> None:
        """Print the epoch, or hold it back while epochs pass faster than one a second."""
        if self._run is None:
            return
        records = self._run.finish_epoch(record, time.monotonic())
        if not records and not self._has_hinted:
            self._has_hinted = True
            self._say(SKIP_HINT)
        for each in records:
            self._say("  ".join(epoch_fields(self._run, each)))

    def on_notice(self, message: str) -> None:
        """Print the message, one line for each of its own."""
        for line in message.splitlines():
            self._say(f"note: {plain(line)}")

    def _tell_progress(self, run: RunState, progress: Progress, left: str | None) -> None:
        train = train_field(run, progress.train)
        fields = [*place_fields(run, progress), train, best_field(run), left]
        self._say("  ".join(field for field in fields if field))

    def _tell_rest(self) -> None:
        if self._run is None:
            return
        for record in self._run.take_unprinted():
            self._say("  ".join(epoch_fields(self._run, record)))
        if self._run.is_mid_epoch and self._run.progress is not None:
            self._run.is_mid_epoch = False
            self._tell_progress(self._run, self._run.progress, None)

    def _say(self, line: str) -> None:
        self._line_time = time.monotonic()
        self._stream.write(f"{line}\n")
