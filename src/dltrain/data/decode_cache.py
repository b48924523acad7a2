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
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, SoftFileLock
from numpy.lib.format import open_memmap
from platformdirs import user_cache_path

from dltrain.data.examples import Columns, fingerprint
from dltrain.data.rows import Array, Decodable, Rows, in_memory
from dltrain.runs.files import delete_tree, fsync_directory, write_bytes
from dltrain.runs.lock import NO_FLOCK

FORMAT = 2  # raise it when the layout of an entry changes
# NumPy parses a header as Python's own literals, so damage there is any of these.
HEADER_ERRORS = (
    *(ValueError, TypeError, KeyError, SyntaxError, tokenize.TokenError),
    *(RecursionError, MemoryError, OverflowError),
)
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
LONGEST_WAIT = 60.0  # seconds, where the file system cannot tell that a writer is gone


@dataclass(frozen=True)
class Decoded:
    """A decoded dataset.

    Attributes:
        stored: the columns of its splits; memory-mapped unless the cache cannot take them.
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


def load_or_decode(name: str, key: str, decode: Callable[[], Decodable]) -> Decoded:
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
        damaged = f"the decode cache {entry} was damaged ({error}) and"
        if not _discard(entry):
            return _uncached(decode(), f"{damaged} cannot be removed")
        notice = f"{damaged} has been rebuilt"
    decoded = decode()
    try:
        return replace(_written(entry, decoded), notice=notice)
    except UNREADABLE as error:
        reason = getattr(error, "strerror", None) or error
        notice = f"decoded data is not cached, every start decodes it again: {entry}: {reason}"
    return _uncached(decoded, notice)


def _uncached(decoded: Decodable, notice: str) -> Decoded:
    stored = in_memory(decoded)
    return Decoded(stored, fingerprint(stored), notice)


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
    stored = _mapped(entry, facts["columns"])
    if fingerprint(stored) != facts["fingerprint"]:
        raise ValueError("its content does not match its sha256 sum")
    return Decoded(stored, facts["fingerprint"])


def _mapped(entry: Path, columns: dict[str, list[str]]) -> dict[str, Columns]:
    return {
        group: {name: _map(entry, f"{group}-{name}.npy") for name in names}
        for group, names in columns.items()
    }


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


def _written(entry: Path, decoded: Decodable) -> Decoded:
    """Write an entry, or read it if another run has just written it.

    One process at a time makes and writes a set, so that what is half-written then was left
    by a kill.

    Raises:
        OSError: it could not be written.
    """
    entry.parent.mkdir(parents=True, exist_ok=True)
    with _alone(entry.parent):
        for partial in entry.parent.glob(".partial-*"):
            shutil.rmtree(partial, ignore_errors=True)
        return _read(entry) if entry.exists() else _write_alone(entry, decoded)


def _alone(folder: Path) -> AbstractContextManager[Any]:
    """Wait for whoever makes a set of this folder, however long that takes.

    The lock is the system's own and gone with its process, also after a kill. Where a file
    system has none, it is a file, which a killed process leaves behind.

    Raises:
        OSError: nothing can be written here, or that file did not go in time.
    """
    try:
        hard = FileLock(folder.with_name(f"{folder.name}.lock"), fallback_to_soft=False)
        return hard.acquire()
    except OSError as error:
        if error.errno not in NO_FLOCK:
            raise
    return SoftFileLock(folder.with_name(f"{folder.name}.soft_lock")).acquire(LONGEST_WAIT)


def _write_alone(entry: Path, decoded: Decodable) -> Decoded:
    """Write an entry; what is mapped before it is renamed stays mapped."""
    partial = entry.with_name(f".partial-{entry.name}")
    partial.mkdir()
    try:
        for group, columns in decoded.items():
            for name, column in columns.items():
                _save(partial / f"{group}-{name}.npy", column)
        names = {group: sorted(columns) for group, columns in sorted(decoded.items())}
        stored = _mapped(partial, names)
        content = fingerprint(stored)
        facts = {"columns": names, "fingerprint": content}
        write_bytes(partial / "entry.json", json.dumps(facts).encode())
        fsync_directory(partial)
        partial.rename(entry)
        fsync_directory(entry.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Decoded(stored, content)


def _save(path: Path, column: Array | Rows) -> None:
    with path.open("wb") as file:
        if isinstance(column, Rows):
            description = np.lib.format.dtype_to_descr(np.dtype(column.dtype))
            header = {"descr": description, "fortran_order": False, "shape": column.shape}
            np.lib.format.write_array_header_1_0(file, header)
            for piece in column.pieces():
                file.write(np.ascontiguousarray(piece, column.dtype).data)
        else:
            np.save(file, column, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
