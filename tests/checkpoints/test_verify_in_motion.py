"""A checkpoint that a training replaces or deletes while it is read."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dltrain.checkpoints.store import REPLACED, Checkpoint, DamagedError, discard, save
from dltrain.checkpoints.verify import load_in_motion

NAME = "step-00000012"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """``meanwhile(act)`` has the training do something between the first look and the second."""

    def between(act: Callable[[], object]) -> None:
        monkeypatch.setattr(time, "sleep", lambda _: act())

    return between


def test_replaced(
    tmp_path: Path,
    checkpoint: Callable[..., Checkpoint],
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    """Half of the old one and half of the new one is looked at again, and then it is whole."""
    path = save(tmp_path, checkpoint())
    (path / "manifest.json").write_text("{}")
    meanwhile(lambda: save(tmp_path, checkpoint(structure="new")))
    found = load_in_motion(NAME, path)
    assert found is not None
    assert found.structure == "new"


def test_put_in_place(
    tmp_path: Path,
    checkpoint: Callable[..., Checkpoint],
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    """One that was moved out of its place for a moment is found there again."""
    path = save(tmp_path, checkpoint())
    meanwhile(lambda: None)
    found = load_in_motion(NAME, tmp_path / f"{REPLACED}{path.name}")
    assert found is not None
    assert found.step == 12


def test_deleted(
    tmp_path: Path,
    checkpoint: Callable[..., Checkpoint],
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    """One that is gone by the second look is no fault; one that is damaged still is."""
    path = save(tmp_path, checkpoint())
    (path / "state.json").unlink()
    meanwhile(lambda: None)
    with pytest.raises(DamagedError, match=r"state.json is missing"):
        load_in_motion(NAME, path)
    meanwhile(lambda: discard(path))
    assert load_in_motion(NAME, path) is None
