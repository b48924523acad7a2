"""Decode once into `.npy` files, memory-map them ever after.

Reading MNIST from TFDS costs about 4 s at every start, from here some milliseconds. An
entry appears whole or not at all, so two runs may build it at once; one that cannot be
read is built again.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from platformdirs import user_cache_path

from dltrain.data.examples import Columns, fingerprint
from dltrain.runs.files import fsync_directory, write_bytes

FORMAT = 2  # raise it when the layout of an entry changes


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
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        notice = f"the decode cache {entry} was damaged ({error}) and has been rebuilt"
        shutil.rmtree(entry, ignore_errors=True)
    stored = decode()
    content = fingerprint(stored)
    try:
        _write(entry, stored, content)
    except OSError as error:
        reason = error.strerror or error
        notice = f"decoded data is not cached, every start decodes it again: {entry}: {reason}"
    return Decoded(stored, content, notice)


def _read(entry: Path) -> Decoded:
    facts = json.loads((entry / "entry.json").read_text(encoding="utf-8"))
    stored = {
        group: {name: _map(entry / f"{group}-{name}.npy") for name in names}
        for group, names in facts["columns"].items()
    }
    if fingerprint(stored) != facts["fingerprint"]:
        raise ValueError("its content does not match its sha256 sum")
    return Decoded(stored, facts["fingerprint"])


def _map(path: Path) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = open_memmap(path, mode="r")  # reads arrays only, no pickles
    return array


def _write(entry: Path, stored: dict[str, Columns], content: str) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=entry.parent))
    try:
        for group, columns in stored.items():
            for name, array in columns.items():
                _save(partial / f"{group}-{name}.npy", array)
        names = {group: sorted(columns) for group, columns in sorted(stored.items())}
        facts = {"columns": names, "fingerprint": content}
        write_bytes(partial / "entry.json", json.dumps(facts).encode())
        fsync_directory(partial)
        _put_in_place(partial, entry)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _save(path: Path, array: np.ndarray[Any, Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(partial: Path, entry: Path) -> None:
    try:
        partial.rename(entry)
    except OSError:
        if not entry.exists():  # otherwise another run has just built the same entry
            raise
