"""After a figure that is not finite a training goes back and on at a lower rate, always the same way."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dltrain.checkpoints import folder, store
from dltrain.errors import DivergedError, RunError
from dltrain.training import run

EPOCH_STEPS = 3
SETTINGS: dict[str, Any] = {
    "model": {"name": "linear"},
    "data": {
        "name": "arrays",
        "x": [1, 2, 3, 4, 5, 6, 7, 8],
        "y": [2, 4, 6, 8, 10, 12, 14, 16],
        "batch_size": 2,
        "validation": 2,
    },
    # each step makes the error some five thousand times larger, until its square overflows;
    # a thousandth of the rate makes it smaller instead
    "optimizer": {"name": "sgd", "learning_rate": 1e2, "schedule": {"name": "constant"}},
    "train": {
        "epochs": 4,
        "jit": False,
        "precision": "float32",
        "steps_per_call": 1,
        "checkpoint_seconds": None,
        "keep_checkpoints": 99,
        "on_nan": "rollback",
        "rollback_factor": 1e-4,
    },
}


def settings(**train: Any) -> dict[str, Any]:
    """The settings above with other keys of `train`."""
    return SETTINGS | {"train": SETTINGS["train"] | train}


def events(path: Path, kind: str) -> list[dict[str, Any]]:
    """The events of a kind that a run has noted."""
    found = [json.loads(line) for line in (path / "events.jsonl").read_text().splitlines()]
    return [event for event in found if event["event"] == kind]


@pytest.fixture(scope="module")
def undisturbed(train: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A training that went back once and then to its end."""
    return train(tmp_path_factory.mktemp("undisturbed") / "run", SETTINGS)


def test_it_goes_back_and_on(undisturbed: Any) -> None:
    """It stands on the newest planned checkpoint again, and the rate is lower from there."""
    (told,) = undisturbed.watcher.notices
    assert told == events(undisturbed.path, "notice")[0]["message"]
    assert "going back to step 3 and on at 0.0001 times the learning rate" in told
    assert "(roll-back 1 of at most 3)" in told
    assert "training diverged at step" in told
    assert undisturbed.summary["rollbacks"] == 1
    lines = undisturbed.lines()
    assert [line["epoch"] for line in lines] == [1, 2, 3, 4]
    assert [line["step"] for line in lines] == [3, 6, 9, 12]
    assert [line["learning_rate"] for line in lines] == pytest.approx([1e2, 1e-2, 1e-2, 1e-2])
    assert undisturbed.summary["status"] == "finished"


def test_it_gives_up(train: Callable[..., Any], tmp_path: Path) -> None:
    """After as many roll-backs as allowed the run is over, with all the usual facts."""
    path = tmp_path / "run"
    with pytest.raises(DivergedError) as caught:
        train(path, settings(rollback_factor=0.999, rollbacks=2))
    assert DivergedError.exit_code == 1
    assert "It has gone back 2 times already." in str(caught.value)
    summary = json.loads((path / "summary.json").read_text())
    assert (summary["status"], summary["rollbacks"]) == ("diverged", 2)
    assert len(events(path, "notice")) == 2
    assert len(events(path, "diverged")) == 1
    metrics = (path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in metrics] == [3]


def test_the_first_epoch_can_be_repeated(train: Callable[..., Any], tmp_path: Path) -> None:
    """Before any epoch is over there is the beginning to go back to, with no line of metrics."""
    whole_epoch = SETTINGS["data"] | {"x": [*range(1, 21)], "y": [*range(2, 42, 2)]}
    trained = train(tmp_path / "run", settings(epochs=1) | {"data": whole_epoch})
    assert "going back to step 0 and on" in trained.watcher.notices[0]
    assert [line["epoch"] for line in trained.lines()] == [1]
    assert trained.lines()[0]["learning_rate"] == pytest.approx(1e-2)


def test_a_full_disk_does_not_hide_it(
    train: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no summary can be written it is told all the same, and told again next time."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(run, "replace_json", full)
        with pytest.raises(DivergedError):
            train(tmp_path / "run", settings(on_nan="stop"))
    assert not (tmp_path / "run" / "summary.json").exists()
    with pytest.raises(DivergedError):
        train(tmp_path / "run", settings(on_nan="stop"))
    assert (tmp_path / "run" / "summary.json").exists()


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("is_written", [False, True], ids=["before it", "after it"])
def test_a_kill_at_the_checkpoint_of_the_roll_back(
    train: Callable[..., Any],
    undisturbed: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_written: bool,
) -> None:
    """Killed before or after what it writes when it has gone back, it ends at the same bits."""
    save = store.save

    def killing(place: Path, checkpoint: Any) -> None:
        if checkpoint.state["rollbacks"] and is_written:
            save(place, checkpoint)
        if checkpoint.state["rollbacks"]:
            raise Killed
        save(place, checkpoint)

    with monkeypatch.context() as patch:
        patch.setattr(store, "save", killing)
        with pytest.raises(Killed):
            train(tmp_path / "run", SETTINGS)
    resumed = train(tmp_path / "run", SETTINGS)
    assert len(resumed.watcher.notices) == (0 if is_written else 1)
    resumed.assert_same(undisturbed)


def test_passing_checkpoints_change_nothing(
    train: Callable[..., Any], undisturbed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one at every step, some of them between the roll-back's place and the bad step."""
    monkeypatch.setattr("dltrain.training.saving.MOST_TIME_FOR_WRITING", 1e9)
    deleted: list[str] = []
    delete_after = folder.delete_after

    def watched(place: Path, step: int) -> None:
        deleted.extend(path.name for path in folder.in_folder(place) if folder.step_of(path) > step)
        delete_after(place, step)

    monkeypatch.setattr(folder, "delete_after", watched)
    trained = train(tmp_path / "run", settings(checkpoint_seconds=1e-9))
    assert deleted
    trained.assert_same(undisturbed)


def test_stopped_at_any_step(train: Callable[..., Any], undisturbed: Any, tmp_path: Path) -> None:
    """Stopped on the way to the bad step and right after going back, it ends at the same bits."""
    path = tmp_path / "run"
    for step in (EPOCH_STEPS + 1, 2 * EPOCH_STEPS + 1):
        assert train(path, SETTINGS, stop_at=step).summary is None
    train(path, SETTINGS).assert_same(undisturbed)


def test_refused_planned_checkpoints_are_held(
    train: Callable[..., Any],
    tmp_path: Path,
    undisturbed: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A disk that was full while a roll-back's checkpoint was written changes no number."""
    save, refused = store.save, iter([True, True, False])

    def sometimes_full(place: Path, checkpoint: Any) -> None:
        if next(refused, False):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(place, checkpoint)

    monkeypatch.setattr(store, "save", sometimes_full)
    trained = train(tmp_path / "run", SETTINGS)
    assert len(trained.watcher.notices) == 3  # two refusals, one roll-back
    assert trained.lines() == undisturbed.lines()
    assert trained.outcome() == undisturbed.outcome()
    assert trained.checkpoints().items() <= undisturbed.checkpoints().items()


def test_a_full_disk_at_the_roll_back(
    train: Callable[..., Any], tmp_path: Path, undisturbed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops with exit code 1 and is not over; with room again the same command ends alike."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(store, "save", full)
        with pytest.raises(RunError, match="going back needs the disk"):
            train(tmp_path / "run", SETTINGS)
    assert not (tmp_path / "run" / "summary.json").exists()
    train(tmp_path / "run", SETTINGS).assert_same(undisturbed)


def test_max_seconds_counts_what_was_rolled_back(train: Callable[..., Any], tmp_path: Path) -> None:
    """Going back is no way to train longer than was allowed."""
    from dltrain.training import rollback

    seen: list[float] = []

    def remember(loop: Any, error: DivergedError) -> None:
        before = loop.state.seconds
        go_back(loop, error)
        seen.append(loop.state.seconds - before)

    go_back = rollback._go_back
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollback, "_go_back", remember)
        train(tmp_path / "run", SETTINGS)
    assert len(seen) == 1
    assert seen[0] >= 0.0
