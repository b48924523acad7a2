"""Writing files so that a kill leaves the whole old or the whole new one."""

import contextlib
import hashlib
import json
import os
import shutil
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


def sync_file(path: Path) -> None:
    """Make what a file holds, and that it is there, survive a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    fsync_directory(path.parent)


def delete_tree(path: Path) -> None:
    """Delete a folder with all in it, or a file; of a link the link alone.

    What cannot be deleted stays.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink()


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


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """A JSON object with the sha256 sum of its text, before the sum was added."""
    return {**content, "sha256": _sum_of(content)}


def is_sealed(content: dict[str, Any]) -> bool:
    """Whether a JSON object that was read back is as it was when it was sealed."""
    without = {key: value for key, value in content.items() if key != "sha256"}
    return content.get("sha256") == _sum_of(without)


def _sum_of(content: dict[str, Any]) -> str:
    return hashlib.sha256((json.dumps(content, indent=2) + "\n").encode()).hexdigest()


def sha256_of(file: Path) -> str:
    """The sum of a file's content, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
