"""Arrays made piece by piece are written and read as if they had been made at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltrain.data import decode_cache
from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.modalities import ROWS_AT_ONCE, _mean_and_deviation
from dltrain.data.rows import Decodable, Rows, in_memory

WHOLE = np.arange(42, dtype=np.int16).reshape(7, 3, 2)
LABELS = np.arange(7, dtype=np.int32)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path))
    return tmp_path


def decode(count: int = 7) -> Decodable:
    """The whole in pieces of three rows; making them fills in the labels."""
    labels = np.zeros(7, np.int32)

    def pieces() -> Iterator[Any]:
        for start in range(0, count, 3):
            labels[start : start + 3] = LABELS[start : start + 3]
            yield WHOLE[start : min(start + 3, count)]

    return {"train": {"inputs": Rows(WHOLE.shape, np.int16, pieces), "labels": labels}}


def load() -> Decoded:
    """The set, decoded in pieces unless it is in the cache."""
    return load_or_decode("pieces", "1", decode)


def assert_whole(stored: Any) -> None:
    """Nothing of the set is missing."""
    np.testing.assert_array_equal(stored["train"]["inputs"], WHOLE)
    assert stored["train"]["inputs"].dtype == WHOLE.dtype
    assert stored["train"]["labels"].tolist() == LABELS.tolist()


def test_written_in_pieces() -> None:
    """What is decoded in pieces is mapped at once, and is the same set ever after."""
    first, second = load(), load()
    whole = {"train": {"inputs": WHOLE, "labels": LABELS}}
    at_once = load_or_decode("at once", "1", lambda: whole)
    assert first.notice is second.notice is None
    assert first.fingerprint == second.fingerprint == at_once.fingerprint
    for decoded in (first, second, at_once):
        assert_whole(decoded.stored)
        assert isinstance(decoded.stored["train"]["inputs"], np.memmap)


def test_disk_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk does not take is made again, in memory."""

    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(decode_cache.os, "fsync", refuse)
    decoded = load()
    assert "No space left on device" in (decoded.notice or "")
    assert_whole(decoded.stored)


def test_rows_missing() -> None:
    """Fewer rows than were announced are no set."""
    with pytest.raises(ValueError, match="6 rows instead of 7"):
        in_memory(decode(6))


def test_statistics_in_pieces() -> None:
    """Mean and deviation do not depend on how many rows are read at once."""
    inputs = np.random.RandomState(0).normal(3, 2, (ROWS_AT_ONCE + 100, 2, 3)).astype(np.float32)
    train = np.arange(50, len(inputs))
    mean, deviation = _mean_and_deviation(inputs, train)
    flat = inputs[train].reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(mean, flat.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(deviation, flat.std(axis=0), rtol=1e-12)
    mean, deviation = _mean_and_deviation(inputs, train[:100])
    few = flat[:200]
    assert mean.tolist() == few.mean(axis=0).tolist()
    assert deviation.tolist() == few.std(axis=0).tolist()
