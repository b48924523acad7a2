"""Writing files so that a kill leaves the whole old or the whole new one."""

import json
import os
from pathlib import Path
from typing import Any


def fsync_directory(directory: Path) -> None:
    """Make renames inside a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk; not atomic by itself."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def put_in_place(partial: Path, path: Path) -> None:
    """Move a file written beside its place there, once it is on the disk."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    fsync_directory(path.parent)


def replace_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one move: readers see the old file or the new one."""
    partial = path.with_name(f".{path.name}.partial")
    write_bytes(partial, content)
    partial.replace(path)
    fsync_directory(path.parent)


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Put a JSON document at `path` in one move."""
    replace_bytes(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
