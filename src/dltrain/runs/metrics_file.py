"""The append-only `metrics.jsonl`: one line per epoch, no duplicate and no gap after a resume."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from dltrain.runs.files import sync_file


class MetricsFile:
    """Appends JSON lines and knows how long the file is.

    A checkpoint records that length; the file may run ahead of the newest checkpoint
    and is cut back to it on resume. What a full disk does not take is kept and written
    before the next line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place, self._sum = 0, hashlib.sha256()  # of what is on the disk, and of all
        self._waiting = b""
        self._is_read = False

    @property
    def length(self) -> int:
        """Bytes of all lines, of those too that the disk has not taken; 0 before the first."""
        self._read_once()
        return self._place + len(self._waiting)

    @property
    def sha256(self) -> str:
        """The sum of all lines, of those too that the disk has not taken, in hexadecimal."""
        self._read_once()
        return self._sum.hexdigest()

    def append(self, line: dict[str, Any]) -> None:
        """Add one line; a kill leaves it whole, and after `sync` a power cut does too.

        What the disk does not take now waits for the next line or for `sync`.
        """
        self._read_once()
        encoded = _encoded(line)
        self._waiting += encoded
        self._sum.update(encoded)
        with contextlib.suppress(OSError):
            self._write_waiting()

    def sync(self) -> None:
        """Wait until every line is on the disk, which a checkpoint that counts them relies on.

        Raises:
            OSError: the disk does not take them.
        """
        self._write_waiting()
        if self.path.exists():
            sync_file(self.path)

    def cut_back(self, length: int) -> None:
        """Drop what was written after the first `length` bytes."""
        self._waiting, self._is_read = b"", False
        if self.path.exists() and self.path.stat().st_size > length:
            with self.path.open("r+b") as file:
                file.truncate(length)
                os.fsync(file.fileno())

    def read(self) -> list[dict[str, Any]]:
        """All lines on the disk, in order; an unfinished last line is left out."""
        if not self.path.exists():
            return []
        content = self.path.read_bytes()
        complete = content[: content.rfind(b"\n") + 1]
        return [json.loads(line) for line in complete.splitlines()]

    def begins_with(self, length: int, sha256: str) -> bool:
        """Whether the first bytes of the file are still those a checkpoint has counted.

        Args:
            length: how many.
            sha256: their sum, in hexadecimal.
        """
        content = self.path.read_bytes() if self.path.exists() else b""
        is_whole = len(content) >= length
        return is_whole and hashlib.sha256(content[:length]).hexdigest() == sha256

    def _read_once(self) -> None:
        """What an earlier process has written; from then on nobody else does."""
        if self._is_read:
            return
        content = self.path.read_bytes() if self.path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        self._place, self._sum, self._is_read = len(whole), hashlib.sha256(whole), True

    def _write_waiting(self) -> None:
        if self._waiting:
            _write_at(self._place, self.path, self._waiting)
            self._place += len(self._waiting)
            self._waiting = b""


def append_json_line(path: Path, line: dict[str, Any]) -> None:
    """Append one JSON line to a file and wait until it is on the disk.

    Raises:
        OSError: the disk does not take it; the file has the lines it had before.
    """
    _write_at(_length_of_lines(path), path, _encoded(line))
    sync_file(path)


def _write_at(place: int, path: Path, lines: bytes) -> None:
    """Put lines at a place, all or none, and drop what is behind it: half of a line, or these
    lines themselves, of which the disk took more than it said.

    Raises:
        OSError: the disk does not take them; to be done again, at the same place.
    """
    with path.open("ab", buffering=0) as file:
        try:
            file.truncate(place)
            written = 0
            while written < len(lines):
                written += file.write(lines[written:]) or 0
        except OSError:
            with contextlib.suppress(OSError):  # else it is dropped before the next line
                file.truncate(place)
            raise


def _length_of_lines(path: Path) -> int:
    """Bytes of the whole lines of a file; its last byte nearly always tells."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            return 0
        file.seek(size - 1)
        if file.read(1) == b"\n":
            return size
        file.seek(0)
        return file.read().rfind(b"\n") + 1


def _encoded(line: dict[str, Any]) -> bytes:
    return json.dumps(line, allow_nan=False).encode() + b"\n"
