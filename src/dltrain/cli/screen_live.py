"""The live screen: lines that scroll up, and a few that stay at the bottom of a terminal."""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Self, TextIO, cast

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from dltrain.cli.screen_fields import SKIP_HINT, left_field
from dltrain.cli.screen_layout import bar_line, epoch_heading, epoch_line, header, progress_lines
from dltrain.cli.screen_state import RunState
from dltrain.cli.screen_stream import QuietStream
from dltrain.cli.screen_text import plain
from dltrain.training.observer import EpochRecord, Progress, RunFacts

REFRESHES_PER_SECOND = 8
"""A refresh takes a fraction of a millisecond, in a thread of its own."""

SECONDS_UNTIL_PHASE = 0.5
"""A phase shorter than this is not shown within training: it would only flicker."""


class LiveScreen:
    """Redraws the bottom lines a few times a second; training only leaves its figures here."""

    def __init__(self, stream: TextIO, *, width: int | None = None) -> None:
        self._stream = QuietStream(stream)
        self._console = Console(
            file=cast(IO[str], self._stream), force_terminal=True, force_jupyter=False, width=width
        )
        self._is_ascii = not self._stream.encoding.lower().startswith("utf")
        self._run: RunState | None = None
        self._phase = "starting"
        self._phase_time = time.monotonic()
        self._has_hinted = False
        self._has_heading = False
        self._live = Live(
            console=self._console,
            get_renderable=self._bottom,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="visible",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the bottom lines down; the last epoch and the last steps keep a line."""
        try:
            self._tell_rest()
            if self._run is not None:
                self._print(Text())
        finally:
            self._live.stop()

    def on_phase(self, message: str) -> None:
        """Show the phase and its seconds until training goes on."""
        self._phase, self._phase_time = plain(message), time.monotonic()

    def on_start(self, facts: RunFacts) -> None:
        """Print what is known before the first step."""
        self._tell_rest()
        self._run = RunState(facts)
        self._has_hinted = self._has_heading = False
        self.on_phase("compiling the first step")
        self._print(header(self._run))
        self._print(Text())

    def on_progress(self, progress: Progress) -> None:
        """Remember; the next refresh shows it."""
        if self._run is not None:
            self._run.advance(progress, time.monotonic())
            self._phase = ""

    def on_epoch(self, record: EpochRecord) -> None:
        """Print the epoch, or hold it back while epochs pass faster than one a second."""
        if self._run is None:
            return
        self._phase = ""
        records = self._run.finish_epoch(record, time.monotonic())
        self._tell_epochs(self._run, records)
        if not records and not self._has_hinted:
            self._has_hinted = True
            self._print(Text(SKIP_HINT, "dim"))

    def on_notice(self, message: str) -> None:
        """Print the message above the bottom lines."""
        for line in message.splitlines():
            self._print(Text.assemble(("note  ", "yellow"), plain(line)))

    def _bottom(self) -> Text:
        """The lines that stay at the bottom, set for the width of this moment."""
        width, now = self._measure_width(), time.monotonic()
        phase_seconds = now - self._phase_time
        phase = Text(f"{self._phase}  {phase_seconds:.0f} s") if self._phase else None
        if self._run is None:
            return phase or Text()
        bar = bar_line(self._run, left_field(self._run, now), width, is_ascii=self._is_ascii)
        lines = [Text(), bar]
        if self._run.progress is not None:
            lines.extend(progress_lines(self._run, self._run.progress, width))
        if phase and (self._run.progress is None or phase_seconds >= SECONDS_UNTIL_PHASE):
            lines.append(phase)
        return Text("\n").join(lines)

    def _tell_epochs(self, run: RunState, records: Iterable[EpochRecord]) -> None:
        for record in records:
            width = self._measure_width()
            heading = None if self._has_heading else epoch_heading(run, width)
            if heading is not None:
                self._has_heading = True
                self._print(heading)
            self._print(epoch_line(run, record, width))

    def _tell_rest(self) -> None:
        """Print what was held back, and where a training stopped within an epoch."""
        run = self._run
        if run is None:
            return
        self._tell_epochs(run, run.take_unprinted())
        if run.is_mid_epoch and run.progress is not None:
            run.is_mid_epoch = False
            for line in progress_lines(run, run.progress, self._measure_width()):
                self._print(line)

    def _measure_width(self) -> int:
        """Let the console follow the real terminal, whatever the standard streams are now."""
        columns = self._stream.columns()
        if columns is not None:
            self._console.width = columns
        return self._console.width

    def _print(self, renderable: RenderableType) -> None:
        self._console.print(renderable)
