"""A text stream that can be written to whatever becomes of its reader."""

import os
from typing import TextIO


class QuietStream:
    """Goes silent once its reader is gone, and never raises: no closed pipe ends a training.

    Characters that the stream's encoding lacks are written as escapes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_broken = False
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write and flush; the length is that of the text, written or not."""
        if not self._is_broken:
            encoded = text.encode(self.encoding, "backslashreplace")
            self._write_now(encoded.decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        """Nothing to do: every write is flushed."""

    def isatty(self) -> bool:
        """Whether a person is watching; False for a closed stream."""
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def columns(self) -> int | None:
        """Width of the terminal behind the stream now, or None where there is none."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or None
        except (OSError, ValueError):
            return None

    def _write_now(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BlockingIOError, RuntimeError):
            pass  # a busy terminal, or a signal handler within a write: lost, but not gone
        except (OSError, ValueError):
            self._is_broken = True
