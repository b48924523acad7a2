"""The decode cache: decoded once, whole or absent, never in the way."""

import errno
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dltrain.data import decode_cache
from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.examples import Columns

STORED = {
    "train": {
        "inputs": np.arange(24, dtype=np.uint8).reshape(6, 2, 2, 1),
        "labels": np.arange(6, dtype=np.int32),
    },
    "test": {"inputs": np.ones((2, 2, 2, 1), np.uint8), "labels": np.zeros(2, np.int32)},
}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path))
    return tmp_path


def load(key: str = "version 1") -> Decoded:
    """The set through the cache."""
    return load_or_decode("small", key, lambda: STORED)


def load_cached() -> Decoded:
    """The set from the cache alone."""

    def decode() -> dict[str, Columns]:
        pytest.fail("decoded a second time")

    return load_or_decode("small", "version 1", decode)


def entry_of(root: Path) -> Path:
    """The only entry."""
    (entry,) = (root / "small").iterdir()
    return entry


def assert_whole(decoded: Decoded) -> None:
    """All values are there, with their dtypes."""
    assert set(decoded.stored) == set(STORED)
    for split, columns in STORED.items():
        assert set(decoded.stored[split]) == set(columns)
        for name, expected in columns.items():
            array = decoded.stored[split][name]
            np.testing.assert_array_equal(array, expected)
            assert array.dtype == expected.dtype


def test_second_time() -> None:
    """The second start decodes nothing and memory-maps read-only what the first has left."""
    first, second = load(), load_cached()
    assert (first.notice, second.notice) == (None, None)
    assert first.fingerprint == second.fingerprint
    assert_whole(first)
    assert_whole(second)
    for columns in second.stored.values():
        for array in columns.values():
            assert isinstance(array, np.memmap)
            assert not array.flags.writeable


def test_other_key(root: Path) -> None:
    """Another source version is another entry; the first one stays."""
    load("version 1")
    load("version 2")
    assert len(list((root / "small").iterdir())) == 2


def test_other_layout(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry of another layout is not read."""
    load()
    monkeypatch.setattr(decode_cache, "FORMAT", decode_cache.FORMAT + 1)
    load()
    assert len(list((root / "small").iterdir())) == 2


def damage_half(path: Path) -> None:
    """Keep the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_last_byte(path: Path) -> None:
    """Cut one byte."""
    path.write_bytes(path.read_bytes()[:-1])


def damage_start(path: Path) -> None:
    """Overwrite the first bytes."""
    path.write_bytes(b"JUNKJUNK" + path.read_bytes()[8:])


def damage_as_archive(path: Path) -> None:
    """Begin as a zip file does, which np.load would open as an archive."""
    path.write_bytes(b"PK\x03\x04" + path.read_bytes()[4:])


def damage_empty(path: Path) -> None:
    """Leave an empty file, as a power cut does."""
    path.write_bytes(b"")


def damage_one_bit(path: Path) -> None:
    """Flip a bit of the last byte, which keeps every size."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


DAMAGES = [
    damage_one_bit,
    damage_half,
    damage_last_byte,
    damage_start,
    damage_as_archive,
    damage_empty,
    Path.unlink,
]
FILES = ["entry.json", "train-inputs.npy", "train-labels.npy", "test-inputs.npy", "test-labels.npy"]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_damaged(root: Path, name: str, damage: Callable[[Path], None]) -> None:
    """A damaged or missing file is noticed, named, and the entry is built again."""
    load()
    entry = entry_of(root)
    damage(entry / name)
    decoded = load()
    assert_whole(decoded)
    assert decoded.notice is not None
    assert decoded.notice.startswith(f"the decode cache {entry} was damaged (")
    assert decoded.notice.endswith(") and has been rebuilt")
    assert load_cached().notice is None


@pytest.mark.parametrize(
    "facts", ["[]", "3", "null", '{"columns": 3}', '{"columns": {"train": 3}}', "{}"]
)
def test_foreign_facts(root: Path, facts: str) -> None:
    """An entry.json that is something else is damage, too."""
    load()
    (entry_of(root) / "entry.json").write_text(facts)
    assert "was damaged" in (load().notice or "")
    assert load_cached().notice is None


def test_pickle(root: Path) -> None:
    """A pickle in an .npy file is refused and never opened."""
    load()
    path = entry_of(root) / "train-labels.npy"
    np.save(path, np.array([Trap()], dtype=object), allow_pickle=True)
    decoded = load()
    assert "was damaged" in (decoded.notice or "")
    assert_whole(decoded)


class Trap:
    """Fails the test when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return pytest.fail, ("a pickle was executed",)


def test_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache root that cannot be made costs time, not the data, and is said."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(blocked))
    decoded = load()
    assert_whole(decoded)
    assert decoded.notice is not None
    assert decoded.notice.startswith(
        f"decoded data is not cached, every start decodes it again: {blocked / 'small'}"
    )
    assert decoded.notice.endswith(": Not a directory")


def test_disk_full(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is said and leaves nothing behind."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    decoded = load()
    assert_whole(decoded)
    assert (decoded.notice or "").endswith(": No space left on device")
    assert list((root / "small").iterdir()) == []


def test_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that may not even be looked into costs time, not the data."""

    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    assert_whole(load())


def test_many_writers(root: Path) -> None:
    """Several runs that build the same entry at once leave one whole entry and nothing else."""
    barrier, results = threading.Barrier(6), []

    def decode() -> dict[str, Columns]:
        barrier.wait()  # all of them have found the cache empty
        return STORED

    def build() -> None:
        results.append(load_or_decode("small", "version 1", decode))

    threads = [threading.Thread(target=build) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.notice for result in results] == [None] * 6
    assert not entry_of(root).name.startswith(".")
    assert_whole(load_cached())


def test_waiting(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds another at work waits until it is done, however long, and takes what it has made."""
    monkeypatch.setattr(decode_cache, "LONGEST_WAIT", 0.0)
    at_work, results = threading.Event(), []

    def decode() -> dict[str, Columns]:
        at_work.set()  # the lock comes next
        return {"train": {"labels": np.zeros(1, np.int32)}}

    folder = root / "small"
    folder.mkdir()
    with decode_cache._alone(folder):
        other = threading.Thread(
            target=lambda: results.append(load_or_decode("small", "version 1", decode))
        )
        other.start()
        assert at_work.wait(10)
        other.join(0.1)
        assert other.is_alive()
        digest = hashlib.sha256(f"{decode_cache.FORMAT} small version 1".encode()).hexdigest()
        decode_cache._write_alone(folder / digest[:16], STORED)
    other.join()
    assert results[0].notice is None
    assert_whole(results[0])


def test_no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system has none of the system's locks, a file stands for one."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(decode_cache.FileLock, "acquire", refuse)
    assert load().notice is None
    assert_whole(load_cached())


def test_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without DLTRAIN_CACHE_DIR it is the user's cache directory."""
    monkeypatch.delenv("DLTRAIN_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere/cache")
    assert decode_cache.cache_root().name == "dltrain"
