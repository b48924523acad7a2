"""The append-only `metrics.jsonl`: one line per epoch, no duplicate and no gap after a resume."""

import json
import os
from pathlib import Path
from typing import Any


class MetricsFile:
    """Appends JSON lines and knows how long the file is.

    A checkpoint records that length; the file may run ahead of the newest checkpoint
    and is cut back to it on resume.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def length(self) -> int:
        """The file's length in bytes; 0 before the first line."""
        return self.path.stat().st_size if self.path.exists() else 0

    def append(self, line: dict[str, Any]) -> None:
        """Add one line; a kill leaves it whole, and after `sync` a power cut does too."""
        with self.path.open("ab") as file:
            file.write(_encoded(line))

    def sync(self) -> None:
        """Wait until every line is on the disk, which a checkpoint that counts them relies on."""
        if self.path.exists():
            with self.path.open("rb") as file:
                os.fsync(file.fileno())

    def cut_back(self, length: int) -> None:
        """Drop what was written after the first `length` bytes."""
        if self.length > length:
            with self.path.open("r+b") as file:
                file.truncate(length)
                os.fsync(file.fileno())

    def read(self) -> list[dict[str, Any]]:
        """All lines, in order; an unfinished last line is left out."""
        if not self.path.exists():
            return []
        content = self.path.read_bytes()
        complete = content[: content.rfind(b"\n") + 1]
        return [json.loads(line) for line in complete.splitlines()]


def append_json_line(path: Path, line: dict[str, Any]) -> None:
    """Append one JSON line to a file and wait until it is on the disk."""
    with path.open("ab") as file:
        file.write(_encoded(line))
        file.flush()
        os.fsync(file.fileno())


def _encoded(line: dict[str, Any]) -> bytes:
    return json.dumps(line, allow_nan=False).encode() + b"\n"
