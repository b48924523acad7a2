"""Whatever a checkpoint's files hold, it is a checkpoint or one message says that it is none."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dltrain.checkpoints import store
from dltrain.checkpoints.store import ARRAYS, CONTENT, MANIFEST, Checkpoint
from dltrain.errors import CheckpointError
from dltrain.runs.files import sealed
from fuzzing import Fuzz, times

Content = dict[str, bytes]

VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=5)
    | some.sampled_from(["../../x", "/etc/passwd", "step-00000001", -1, 10**30, "\x1b[2J"]),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)
HEADERS = (
    *(b"", b"{", b"{}", b"[]", b"null", b'{"a":1}', b"\xff" * 8, b"[" * 5_000),
    b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}}',
    b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
    b'{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}',
    b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}',
    b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],'
    b'"data_offsets":[0,4]}}',
    b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[99999999999,99999999999]}}',
    b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}',
    b'{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}',
    b'{"a":{"dtype":"O","shape":[1],"data_offsets":[0,4]}}',
    b'{"__metadata__":{"a":1}}',
)
LENGTHS = (0, 1, 7, 2**31, 2**63 - 1, 2**64 - 1)


@pytest.fixture
def whole(tmp_path: Path, checkpoint: Callable[..., Checkpoint]) -> Path:
    """A good checkpoint."""
    return store.save(tmp_path, checkpoint(12))


def read_all(folder: Path) -> Content:
    """Every file of a checkpoint."""
    return {name: (folder / name).read_bytes() for name in (*CONTENT, MANIFEST)}


def write_sealed(folder: Path, content: Content, changes: dict[str, Any]) -> None:
    """Write the files with a manifest whose sums are right, as somebody hostile would."""
    manifest = json.loads(content[MANIFEST])
    del manifest["sha256"]
    manifest["files"] = {
        name: {"bytes": len(content[name]), "sha256": hashlib.sha256(content[name]).hexdigest()}
        for name in CONTENT
    }
    manifest.update(changes)
    for name in CONTENT:
        (folder / name).write_bytes(content[name])
    (folder / MANIFEST).write_text(json.dumps(sealed(manifest)))


def attempt(folder: Path) -> None:
    """Open it as a resume does: a Checkpoint with a state, or the one error there is."""
    from dltrain.training.state import LoopState

    try:
        found = store.load(folder)
        LoopState.from_json(found.state)
    except CheckpointError as error:
        assert str(error)  # noqa: PT017 - any other error is the failure


def without_one(content: dict[str, Any], path: list[float]) -> tuple[dict[str, Any], str]:
    """The mapping, and its key, that numbers between 0 and 1 lead to."""
    for choice in path:
        key = sorted(content)[int(choice * (len(content) - 1))]
        if not isinstance(content[key], dict) or not content[key]:
            return content, key
        content = content[key]
    return content, min(content)


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("fuzz", times(30))
def test_damaged(fuzz: Fuzz, whole: Path) -> None:
    """Bytes changed anywhere in any file, with and without sums that fit them."""
    good = read_all(whole)
    edits = some.lists(
        some.tuples(some.floats(0, 1), some.integers(0, 40), some.binary(max_size=8)), min_size=1
    )

    @given(some.sampled_from((*CONTENT, MANIFEST)), edits, some.booleans())
    def check(name: str, edits: list[tuple[float, int, bytes]], is_sealed: bool) -> None:
        data = good[name]
        for place, cut, piece in edits:
            start = int(place * len(data))
            data = data[:start] + piece + data[start + cut :]
        if is_sealed and name != MANIFEST:
            write_sealed(whole, {**good, name: data}, {})
        else:
            for file, content in {**good, name: data}.items():
                (whole / file).write_bytes(content)
        attempt(whole)

    fuzz(check)()


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("fuzz", times(40))
def test_other_values(fuzz: Fuzz, whole: Path) -> None:
    """Any value in place of one of the state, the facts or the manifest, with sums that fit."""
    good = read_all(whole)
    paths = some.lists(some.floats(0, 1), min_size=1, max_size=3)
    names = some.sampled_from(["state.json", "dataset.json", MANIFEST])

    @given(names, paths, VALUES)
    def check(name: str, path: list[float], value: Any) -> None:
        content = json.loads(good[name])
        content.pop("sha256", None)
        inner, key = without_one(content, path)
        inner[key] = value
        changes = content if name == MANIFEST else {}
        files = good if name == MANIFEST else {**good, name: json.dumps(content).encode()}
        write_sealed(whole, files, changes)
        attempt(whole)

    fuzz(check)()


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("fuzz", times(30))
def test_arrays(fuzz: Fuzz, whole: Path) -> None:
    """Headers of arrays that lie about lengths, shapes and places, with sums that fit."""
    good = read_all(whole)
    rest = good[ARRAYS][8:]
    headers = some.sampled_from(HEADERS) | some.just(rest)
    lengths = some.none() | some.sampled_from(LENGTHS) | some.integers(0, 2**64 - 1)

    @given(headers, lengths, some.binary(max_size=16))
    def check(header: bytes, length: int | None, tail: bytes) -> None:
        size = len(header) if length is None else length
        write_sealed(whole, {**good, ARRAYS: size.to_bytes(8, "little") + header + tail}, {})
        attempt(whole)

    fuzz(check)()
