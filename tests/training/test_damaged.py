"""Whatever is damaged in a checkpoint, it is found, named and set aside, and the one before leads to the same end."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dltrain.checkpoints import store
from dltrain.checkpoints.folder import in_folder, newest_good
from dltrain.errors import CheckpointError

FILES = (*store.CONTENT, store.MANIFEST)
SETTINGS: dict[str, Any] = {
    "model": {"name": "linear"},
    "data": {
        "name": "arrays",
        "x": [1, 2, 3, 4, 5, 6, 7, 8],
        "y": [3, 5, 7, 9, 11, 13, 15, 17],
        "batch_size": 2,
        "validation": 2,
    },
    "optimizer": {"learning_rate": 0.1},
    "train": {
        "epochs": 3,
        "jit": False,
        "precision": "float32",
        "steps_per_call": 1,
        "keep_checkpoints": 99,
    },
}


def damaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Content with a bit flipped at its ends and in its middle, and cut at each tenth."""
    for place in (0, len(content) // 2, len(content) - 1):
        flipped = bytearray(content)
        flipped[place] ^= 1
        yield f"bit {8 * place}", bytes(flipped)
    for tenth in range(10):
        yield f"cut at {tenth}/10", content[: len(content) * tenth // 10]


@pytest.fixture(scope="module")
def undisturbed(train: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The training that nothing disturbs; three steps in each of three epochs."""
    return train(tmp_path_factory.mktemp("undisturbed") / "run", SETTINGS)


@pytest.fixture(scope="module")
def stopped(train: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory with the checkpoints of steps 3, 6 and 7."""
    run: Path = train(tmp_path_factory.mktemp("stopped") / "run", SETTINGS, stop_at=7).path
    assert [path.name[-1] for path in in_folder(run / "checkpoints")] == ["3", "6", "7"]
    return run


@pytest.mark.parametrize("name", FILES)
def test_each_file(stopped: Path, tmp_path: Path, name: str) -> None:
    """A flipped bit and a cut anywhere in any file sets the newest checkpoint aside."""
    original = (stopped / "checkpoints" / "step-00000007" / name).read_bytes()
    for number, (what, content) in enumerate(damaged(original)):
        place = tmp_path / f"{number}"
        shutil.copytree(stopped / "checkpoints", place)
        (place / "step-00000007" / name).write_bytes(content)
        told: list[str] = []
        checkpoint = newest_good(place, told.append)
        assert checkpoint is not None, what
        assert checkpoint.step == 6, what
        (notice,) = told
        assert f"{place / 'step-00000007'} is damaged: {name}" in notice, what
        assert "set aside as damaged-step-00000007; the one before it is used." in notice
        assert (place / "damaged-step-00000007" / name).read_bytes() == content


@pytest.mark.parametrize(("count", "resumed_step"), [(1, 6), (3, None)], ids=["newest", "all"])
def test_the_same_end(
    train: Callable[..., Any],
    undisturbed: Any,
    stopped: Path,
    tmp_path: Path,
    count: int,
    resumed_step: int | None,
) -> None:
    """The checkpoint before the damaged one, or the beginning, leads to the same bits."""
    run = tmp_path / "run"
    shutil.copytree(stopped, run)
    for path in in_folder(run / "checkpoints")[-count:]:
        file = path / store.ARRAYS
        file.write_bytes(file.read_bytes()[:-1])
    resumed = train(run, SETTINGS)
    assert resumed.watcher.facts.resumed_step == resumed_step
    assert len(resumed.watcher.notices) == count
    assert ("there is none before it" in resumed.watcher.notices[-1]) == (resumed_step is None)
    noted = (run / "events.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in noted].count("notice") == count
    resumed.assert_same(undisturbed)


def test_a_damaged_best(train: Callable[..., Any], tmp_path: Path) -> None:
    """A run whose newest checkpoint is whole but not its best goes back before the best."""
    run = tmp_path / "run"
    lame = {"optimizer": {"name": "sgd", "learning_rate": 1e-30, "schedule": {"name": "constant"}}}
    whole = train(tmp_path / "whole", SETTINGS | lame)
    assert whole.summary["best"]["step"] == 3  # nothing changes, and the earliest wins
    train(run, SETTINGS | lame, stop_at=7)
    file = run / "checkpoints" / "step-00000003" / store.ARRAYS
    file.write_bytes(file.read_bytes()[:-1])
    resumed = train(run, SETTINGS | lame)
    assert resumed.watcher.facts.resumed_step is None
    assert "its best is lost" in resumed.watcher.notices[0]
    resumed.assert_same(whole)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_text("{}\n")])
def test_lost_metrics(
    train: Callable[..., Any], stopped: Path, tmp_path: Path, harm: Callable[[Path], Any]
) -> None:
    """Lines that the checkpoint counts and that are not there any more are not passed over."""
    run = tmp_path / "run"
    shutil.copytree(stopped, run)
    harm(run / "metrics.jsonl")
    with pytest.raises(CheckpointError, match=r"metrics\.jsonl is not what the run had written at"):
        train(run, SETTINGS)
    assert len(in_folder(run / "checkpoints")) == 3


def test_what_cannot_be_read_now_is_not_set_aside(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint that the system does not let us read may be whole."""
    place = tmp_path / "checkpoints"
    shutil.copytree(stopped / "checkpoints", place)

    def refused(*_: Any) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(store, "read_bytes", refused)
    with pytest.raises(CheckpointError, match=r"cannot be read: .*Permission denied"):
        newest_good(place, pytest.fail)
    assert len(in_folder(place)) == 3
