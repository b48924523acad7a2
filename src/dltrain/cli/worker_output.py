"""What several processes say, on one stream: whole lines, each with the name of who said it."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TextIO

from dltrain.cli.screen_stream import QuietStream
from dltrain.cli.screen_text import count, plain

LONGEST_LINE = 64 * 1024  # bytes
MOST_LINES_HELD = 1000
SHOW_CURSOR = "\x1b[?25h\n"
"""Of use where a live view has been killed; it had hidden the cursor, and ends within a line."""


class WorkerOutput:
    """The launcher's error stream.

    On a terminal worker 0 has the screen for its live view, and the lines of all others are
    held until it has ended; elsewhere every line is shown at once.

    Attributes:
        is_terminal: whether a person is watching.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = QuietStream(stream)
        self.is_terminal = self._stream.isatty()
        self._lock = threading.Lock()
        self._readers: dict[int, threading.Thread] = {}
        self._held: deque[str] = deque(maxlen=MOST_LINES_HELD)
        self._forgotten = 0
        self._is_holding = False

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keep lines back where they would disturb a live view, at most to the block's end."""
        self._is_holding = self.is_terminal
        try:
            yield
        finally:
            self.release(was_killed=True)

    def release(self, *, was_killed: bool) -> None:
        """Show what was held, if anything still is: the live view has ended, or been killed."""
        with self._lock:
            if self._is_holding and was_killed:
                self._stream.write(SHOW_CURSOR)
            self._is_holding = False
            if self._forgotten:
                self._stream.write(f"({count(self._forgotten, 'earlier line')} left out)\n")
            for line in self._held:
                self._stream.write(line)
            self._held.clear()
            self._forgotten = 0

    def say(self, message: str) -> None:
        """Show or hold a line, with whatever a terminal could obey made plain."""
        line = f"{plain(message)}\n"
        with self._lock:
            if not self._is_holding:
                self._stream.write(line)
                return
            self._forgotten += len(self._held) == MOST_LINES_HELD
            self._held.append(line)

    def read(self, worker: int, pipe: IO[bytes]) -> None:
        """Pass on what a worker writes into a pipe, in a thread, until its end."""
        reader = threading.Thread(target=self._pass_on, args=(worker, pipe), daemon=True)
        self._readers[worker] = reader
        reader.start()

    def finish(self, worker: int, seconds: float) -> None:
        """Wait for a worker's last lines, not for ever: others may have inherited its pipe."""
        if worker in self._readers:
            self._readers[worker].join(seconds)

    def _pass_on(self, worker: int, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(LONGEST_LINE):
                text = line.decode(errors="backslashreplace").rstrip("\r\n").expandtabs()
                self.say(f"[worker {worker}] {text}")
