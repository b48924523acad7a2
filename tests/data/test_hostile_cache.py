"""The decode cache rebuilds itself whatever became of it, and reads nothing but its own arrays."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.examples import Columns

STORED: dict[str, Columns] = {
    "train": {"inputs": np.arange(40, dtype=np.uint8), "labels": np.arange(4, dtype=np.int32)}
}
HEADERS = {
    "a lying shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999,), }",
    "a negative shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (-40,), }",
    "an overflowing shape": "{'descr': '|u1', 'fortran_order': False, 'shape': (2**62, 8), }",
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (5,), }",
    "a call": "{'descr': __import__('os')._exit(77), 'shape': (1,)}",
    "half a literal": "{'descr': '|u1', 'shape': (4",
    "deep brackets": "(" * 5_000,
    "many signs": f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({'-' * 5_000}1,)}}",
    "no text": "\0\xff\xfe",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def load() -> Decoded:
    """The set, decoded if need be."""
    decoded = load_or_decode("small", "1", lambda: STORED)
    np.testing.assert_array_equal(decoded.stored["train"]["inputs"], STORED["train"]["inputs"])
    return decoded


def entry_of(root: Path) -> Path:
    """The one entry there is."""
    (entry,) = (path for path in (root / "small").iterdir() if path.is_dir())
    return entry


def assert_rebuilt(named: str) -> None:
    """The damage is told with the file's name, and gone at the next start."""
    notice = load().notice
    assert notice is not None
    assert notice.endswith("and has been rebuilt")
    assert named in notice
    assert load().notice is None


@pytest.mark.parametrize("name", ["entry.json", "train-inputs.npy", "train-labels.npy"])
def test_every_tenth(root: Path, name: str) -> None:
    """A file cut at any tenth, or with any of some bits flipped, costs one decoding."""
    load()
    whole = (entry_of(root) / name).read_bytes()
    for tenth in range(10):
        place = tenth * len(whole) // 10
        flipped = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
        for content in (whole[:place], flipped):
            (entry_of(root) / name).write_bytes(content)
            notice = load().notice
            assert notice is None or f"{entry_of(root)} was damaged (" in notice
            assert load().notice is None


@pytest.mark.parametrize("kind", HEADERS)
def test_header(root: Path, kind: str) -> None:
    """A header that lies, runs on or calls is damage of the file it stands in."""
    load()
    header = HEADERS[kind].encode("latin-1")
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(40)
    (entry_of(root) / "train-inputs.npy").write_bytes(content)
    assert_rebuilt("train-inputs.npy")


def test_torn_facts(root: Path) -> None:
    """A torn or very deep entry.json is damage of that file."""
    for content in ('{"columns": {"tra', "", "[" * 100_000):
        load()
        (entry_of(root) / "entry.json").write_text(content)
        assert_rebuilt("entry.json")


def test_names_elsewhere(root: Path) -> None:
    """An entry names arrays in its own folder only."""
    load()
    np.save(root / "small" / "elsewhere-inputs.npy", STORED["train"]["inputs"])
    for group in ("../elsewhere", str(root / "small" / "elsewhere")):
        facts = {"columns": {group: ["inputs"]}, "fingerprint": ""}
        (entry_of(root) / "entry.json").write_text(json.dumps(facts))
        assert_rebuilt("which is not in this folder")


def test_what_cannot_be_removed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that is damaged and stays so is told as such at every start."""
    load()
    (entry_of(root) / "entry.json").write_text("")

    def refuse(*_: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "rename", refuse)
    for _ in range(2):
        notice = load().notice
        assert notice is not None
        assert notice.endswith("and cannot be removed")


def test_a_file_as_entry(root: Path) -> None:
    """Something else in the place of an entry gives way."""
    load()
    entry = entry_of(root)
    for path in entry.iterdir():
        path.unlink()
    entry.rmdir()
    entry.write_text("junk")
    assert_rebuilt(str(entry))
