"""The files of a checkpoint, read only as what they should be."""

import hashlib
import json
from pathlib import Path
from typing import Any

from dltrain.runs.reading import read_bytes


def read_object(data: bytes) -> dict[str, Any]:
    """A JSON object; one of the UNREADABLE errors if it is none."""
    content = json.loads(data)
    if not isinstance(content, dict):
        raise TypeError(f"expected a JSON object, got {type(content).__name__}")
    return content


def read_verified(path: Path, expected: dict[str, Any]) -> bytes:
    """The content of a file, once size in bytes and sha256 sum are what the manifest says.

    Raises:
        ValueError: they are not.
    """
    size = path.stat().st_size
    if size != expected["bytes"]:  # before it is read: it may be too large for any memory
        raise ValueError(f"{path.name} has {size} bytes instead of {expected['bytes']}")
    data = read_bytes(path)
    if hashlib.sha256(data).hexdigest() != expected["sha256"]:
        raise ValueError(f"{path.name} does not match its sha256 sum")
    return data
