"""Decode once into `.npy` files, memory-map them ever after.

Reading MNIST from TFDS costs about 4 s at every start, from here some milliseconds. An
entry appears whole or not at all, so two runs may build it at once; one that cannot be
read is built again.
"""

import hashlib
import json
import os
import shutil
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.lib.format import open_memmap
from platformdirs import user_cache_path

from dltrain.data.examples import Columns, fingerprint
from dltrain.runs.files import delete_tree, fsync_directory, write_bytes

FORMAT = 2  # raise it when the layout of an entry changes
# NumPy parses a header as Python's own literals, so damage there is any of these.
HEADER_ERRORS = (
    *(ValueError, TypeError, KeyError, SyntaxError, tokenize.TokenError),
    *(RecursionError, MemoryError, OverflowError),
)
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
LONGEST_WAIT = 60.0  # seconds, for another run that writes the same set


@dataclass(frozen=True)
class Decoded:
    """A decoded dataset.

    Attributes:
        stored: the columns of its splits; memory-mapped when they come from the cache.
        fingerprint: sha256 of its content.
        notice: what a person should know about the cache, or None.
    """

    stored: dict[str, Columns]
    fingerprint: str
    notice: str | None = None


def cache_root() -> Path:
    """`DLTRAIN_CACHE_DIR`, or the user's cache directory."""
    override = os.environ.get("DLTRAIN_CACHE_DIR")
    return Path(override) if override else user_cache_path("dltrain", appauthor=False)


def load_or_decode(name: str, key: str, decode: Callable[[], dict[str, Columns]]) -> Decoded:
    """The dataset from the cache, or decoded and put there.

    Args:
        name: the dataset's name, for the path.
        key: everything that decides the content; another key is another entry.
        decode: reads the source; called only when the cache has no good entry.
    """
    digest = hashlib.sha256(f"{FORMAT} {name} {key}".encode()).hexdigest()[:16]
    entry = cache_root() / name / digest
    notice = None
    try:
        if entry.exists():
            return _read(entry)
    except UNREADABLE as error:
        cured = "has been rebuilt" if _discard(entry) else "cannot be removed"
        notice = f"the decode cache {entry} was damaged ({error}) and {cured}"
    stored = decode()
    content = fingerprint(stored)
    try:
        _write(entry, stored, content)
    except OSError as error:
        reason = error.strerror or error
        notice = f"decoded data is not cached, every start decodes it again: {entry}: {reason}"
    return Decoded(stored, content, notice)


def _discard(entry: Path) -> bool:
    """Move an entry out of the way and delete it; whether it is gone."""
    aside = entry.with_name(f".partial-damaged-{entry.name}")
    try:
        delete_tree(aside)
        entry.rename(aside)
    except OSError:
        return False
    delete_tree(aside)
    return True


def _read(entry: Path) -> Decoded:
    facts = _read_facts(entry / "entry.json")
    stored = {
        group: {name: _map(entry, f"{group}-{name}.npy") for name in names}
        for group, names in facts["columns"].items()
    }
    if fingerprint(stored) != facts["fingerprint"]:
        raise ValueError("its content does not match its sha256 sum")
    return Decoded(stored, facts["fingerprint"])


def _read_facts(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _map(entry: Path, name: str) -> np.ndarray[Any, Any]:
    """Map a file of an entry; arrays only, no pickles."""
    if Path(name).name != name:
        raise ValueError(f"entry.json names {name!r}, which is not in this folder")
    try:
        array: np.ndarray[Any, Any] = open_memmap(entry / name, mode="r")
    except HEADER_ERRORS as error:
        raise ValueError(f"{name}: {error}") from error
    return array


def _write(entry: Path, stored: dict[str, Columns], content: str) -> None:
    """Write an entry, if no other run has just done so.

    One process at a time writes a set, so that what is half-written then was left by a kill.

    Raises:
        OSError: it could not be written, or somebody else was at it for a minute.
    """
    entry.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(entry.parent.with_name(f"{entry.parent.name}.lock"), timeout=LONGEST_WAIT):
        for partial in entry.parent.glob(".partial-*"):
            shutil.rmtree(partial, ignore_errors=True)
        if not entry.exists():
            _write_alone(entry, stored, content)


def _write_alone(entry: Path, stored: dict[str, Columns], content: str) -> None:
    partial = entry.with_name(f".partial-{entry.name}")
    partial.mkdir()
    try:
        for group, columns in stored.items():
            for name, array in columns.items():
                _save(partial / f"{group}-{name}.npy", array)
        names = {group: sorted(columns) for group, columns in sorted(stored.items())}
        facts = {"columns": names, "fingerprint": content}
        write_bytes(partial / "entry.json", json.dumps(facts).encode())
        fsync_directory(partial)
        partial.rename(entry)
        fsync_directory(entry.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _save(path: Path, array: np.ndarray[Any, Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
