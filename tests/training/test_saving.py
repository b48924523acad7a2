"""When a passing checkpoint is due, and what a disk that takes none does to a training."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dltrain.checkpoints import store
from dltrain.config.load import load_text
from dltrain.dataset_info import DATASET_INFO
from dltrain.errors import DivergedError, RunError
from dltrain.training import saving
from dltrain.training.saving import Saver
from dltrain.training.state import LoopState


class Disk:
    """Stands in for `store.save`: remembers the steps written, and can be full or slow."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written: list[int] = []
        self.is_full: Callable[[int], bool] = lambda _: False
        self.seconds_per_checkpoint, self._now = 0.0, 0.0
        self._save = store.save
        monkeypatch.setattr(store, "save", self)

    def __call__(self, folder: Path, checkpoint: Any) -> None:
        """Write a checkpoint, or be full."""
        self._now += self.seconds_per_checkpoint
        if self.is_full(checkpoint.step):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.written.append(checkpoint.step)
        self._save(folder, checkpoint)

    def clock(self) -> float:
        """A time that only writing makes pass."""
        return self._now


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk that takes everything until it is told otherwise."""
    return Disk(monkeypatch)


@pytest.fixture
def saver_of(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> Callable[[float | None], Saver]:
    """``saver_of(checkpoint_seconds)`` gives a Saver of no variables whose clock is the disk's."""
    monkeypatch.setattr(saving, "time", SimpleNamespace(perf_counter=disk.clock))

    def make(checkpoint_seconds: float | None) -> Saver:
        settings = {
            "model": {"name": "mlp"},
            "data": {"name": "digits"},
            "train": {"checkpoint_seconds": checkpoint_seconds},
        }
        learner: Any = SimpleNamespace(model=None, structure="structure")
        return Saver(
            experiment=load_text(json.dumps(settings), "test.yaml").experiment,
            info=DATASET_INFO["digits"],
            learner=learner,
            checkpoints=tmp_path,
            metrics=tmp_path / "metrics.jsonl",
            environment={},
            notice=lambda _: None,
        )

    return make


SETTINGS: dict[str, Any] = {
    "model": {"name": "linear"},
    "data": {
        "name": "arrays",
        "x": [*range(1, 11)],
        "y": [*range(3, 23, 2)],
        "batch_size": 2,
        "validation": 2,
    },
    "optimizer": {"learning_rate": 0.1},
    "train": {
        "epochs": 3,
        "ema": 0.9,
        "jit": False,
        "precision": "float32",
        "steps_per_call": 2,
        "keep_checkpoints": 99,
    },
}
ARRAYS = {"model/0000": np.zeros(3, np.float32)}


def test_the_clock_asks_after_its_interval(
    saver_of: Callable[[float | None], Saver], disk: Disk
) -> None:
    """A passing checkpoint is due thirty seconds after the last one, planned ones too."""
    saver, state = saver_of(30.0), LoopState(step=1, seconds=12.0, planned=True)
    assert [saver.is_due(seconds) for seconds in (0.0, 29.9, 30.0)] == [False, False, True]
    saver.save(ARRAYS, state, disk.clock())
    assert [saver.is_due(seconds) for seconds in (41.9, 42.0)] == [False, True]


def test_slow_writing_stretches_the_interval(
    saver_of: Callable[[float | None], Saver], disk: Disk
) -> None:
    """What takes half a second to write is written every fifty, and counts as training time."""
    saver, state = saver_of(30.0), LoopState(step=1, seconds=30.0)
    disk.seconds_per_checkpoint = 0.5
    saver.save(ARRAYS, state, disk.clock())
    assert state.seconds == 30.5
    assert [saver.is_due(30.5 + passed) for passed in (49.9, 50.0)] == [False, True]


def test_a_full_disk_is_tried_again_after_the_interval(
    saver_of: Callable[[float | None], Saver], disk: Disk
) -> None:
    """Not at every call, which would make the training as slow as its disk."""
    saver = saver_of(30.0)
    disk.is_full = lambda _: True
    saver.save(ARRAYS, LoopState(step=1, seconds=30.0), disk.clock())
    assert [saver.is_due(seconds) for seconds in (59.9, 60.0)] == [False, True]


def test_null_turns_the_clock_off(saver_of: Callable[[float | None], Saver]) -> None:
    """However long it takes, nothing is written by the clock."""
    assert not saver_of(None).is_due(1e9)


@pytest.fixture(scope="module")
def undisturbed(train: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The training on a disk with room; twelve steps, four in an epoch."""
    return train(tmp_path_factory.mktemp("undisturbed") / "run", SETTINGS)


def test_checkpoint_steps(
    train: Callable[..., Any], undisturbed: Any, tmp_path: Path, disk: Disk
) -> None:
    """Every third step has one, in mid-call and mid-epoch too, and no number changes."""
    calls = {"checkpoint_steps": 3, "steps_per_call": 7}
    trained = train(tmp_path / "run", SETTINGS | {"train": SETTINGS["train"] | calls})
    planned = {path: state["planned"] for path, (_, state) in trained.checkpoints().items()}
    assert planned == {store.name_of(step): True for step in (3, 4, 6, 8, 9, 12)}
    assert disk.written == [3, 4, 6, 8, 9, 12]
    trained.assert_same(undisturbed)


def test_a_disk_full_for_a_while(
    train: Callable[..., Any], undisturbed: Any, tmp_path: Path, disk: Disk
) -> None:
    """Training goes on and says so; the best is written before newer ones, all bits are the same."""
    full = iter([True, False, False, False])
    disk.is_full = lambda _: next(full)
    trained = train(tmp_path / "run", SETTINGS)
    assert trained.watcher.notices == [
        "the checkpoint of step 4 could not be written: No space left on device; "
        "training goes on, and there is no checkpoint before it"
    ]
    assert trained.watcher.notices[0] in (trained.path / "events.jsonl").read_text()
    assert disk.written == [4, 8, 12]
    trained.assert_same(undisturbed)


def test_a_disk_full_at_a_signal_and_to_the_end(
    train: Callable[..., Any], undisturbed: Any, tmp_path: Path, disk: Disk
) -> None:
    """Both fail with exit code 1 and name the last good checkpoint; with room again it ends alike."""
    path = tmp_path / "run"
    disk.is_full = lambda step: step > 4
    told = []
    for moment in (6, None):
        with pytest.raises(RunError) as caught:
            train(path, SETTINGS, stop_at=moment)
        assert caught.value.exit_code == 1
        told.append(str(caught.value))
        assert not (path / "summary.json").exists()
        last_event = (path / "events.jsonl").read_text().splitlines()[-1]
        assert json.loads(last_event)["event"] == "failed"
    rest = (
        "its last checkpoint could not be written: No space left on device.\n"
        "Make room and run the same command again; "
        "the last good one is checkpoints/step-00000004."
    )
    assert told == [f"stopped, but {rest}", f"training is over, but {rest}"]
    disk.is_full = lambda _: False
    resumed = train(path, SETTINGS)
    assert resumed.watcher.facts.resumed_step == 4
    resumed.assert_same(undisturbed)


def test_a_small_disk_is_cleared(
    train: Callable[..., Any],
    tmp_path: Path,
    disk: Disk,
    undisturbed: Any,
) -> None:
    """What waited is written and makes older ones superfluous; their room is used for the next."""
    path = tmp_path / "run"
    folder, most = path / "checkpoints", 1
    disk.is_full = lambda _: len(list(folder.glob("step-*"))) >= most
    small = SETTINGS | {"train": SETTINGS["train"] | {"keep_checkpoints": 1, "epochs": 3}}
    assert undisturbed.summary["best"]["step"] == 12  # every epoch is the best so far
    told: list[str] = []
    with pytest.raises(RunError):
        train(path, small)  # one is too few for the old best and the new one
    most = 2
    resumed = train(path, small)
    told += resumed.watcher.notices
    assert told == []
    assert resumed.lines() == undisturbed.lines()


def test_the_best_survives_a_divergence(
    train: Callable[..., Any], tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A best that the disk refused is written before the summary that names it, or there is none."""
    from dltrain.training.loop import Loop

    def diverge(loop: Any, *_: Any) -> None:
        if loop.state.step >= 6:
            raise loop._diverged(7, "the loss was nan", 0.1)

    monkeypatch.setattr(Loop, "_stop_if_asked", diverge)
    disk.is_full = lambda _: True
    with pytest.raises(DivergedError):
        train(tmp_path / "full", SETTINGS)
    assert not (tmp_path / "full" / "summary.json").exists()
    full = iter([True, False])
    disk.is_full = lambda _: next(full)
    with pytest.raises(DivergedError):
        train(tmp_path / "freed", SETTINGS)
    summary = json.loads((tmp_path / "freed" / "summary.json").read_text())
    assert summary["best"]["step"] == 4
    assert (tmp_path / "freed" / summary["best"]["checkpoint"]).is_dir()
