"""A run stopped at any moment and started again is the run that was never stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quick_cnn import QUICK_CNN

EPOCH_STEPS = 4  # 3 whole batches of 32 and a ragged one of 4
MOMENTS = {
    "in mid-epoch": EPOCH_STEPS + 2,
    "during the last validation": 3 * EPOCH_STEPS,
    "during the test": "test",
}


@pytest.fixture(scope="module")
def whole(train: Callable[..., Any], small: Callable[..., Any], tmp_path_factory: Any) -> Any:
    """Uninterrupted trainings by model family."""
    trained: dict[str, Any] = {}

    def get(model: str, /, **sections: Any) -> Any:
        key = f"{model}{sections}"
        if key not in trained:
            path = tmp_path_factory.mktemp("whole") / "run"
            trained[key] = train(path, small(model, **sections))
        return trained[key]

    return get


def test_repeat(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """The same config trains to the same bits again in the same process."""
    train(tmp_path / "run", small("mlp")).assert_same(whole("mlp"))


def test_another_seed(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """Another seed trains to other numbers, so that equality above means something."""
    other = train(tmp_path / "run", small("mlp", seed=1))
    assert all(
        mine["train"]["loss"] != theirs["train"]["loss"]
        for mine, theirs in zip(other.lines(), whole("mlp").lines(), strict=True)
    )


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_resume_mlp(
    whole: Callable[..., Any],
    train: Callable[..., Any],
    small: Any,
    tmp_path: Path,
    moment: int | str,
) -> None:
    """An mlp with dropout, batch norm, averaging and clipping goes on as if nothing had been."""
    stopped = train(tmp_path / "run", small("mlp"), stop_at=moment)
    assert stopped.summary is None
    resumed = train(tmp_path / "run", small("mlp"))
    assert resumed.watcher.facts.resumed_step is not None
    resumed.assert_same(whole("mlp"))


def test_resume_compiled(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """Whole steps compiled by XLA go on to the same bits, in a call that was to be cut short."""
    sections = {
        "train": {"jit": True, "epochs": 2, "steps_per_call": 2},
        "model": {"norm": "none", "dropout": 0.0},
    }
    train(tmp_path / "run", small("mlp", **sections), stop_at=2)
    resumed = train(tmp_path / "run", small("mlp", **sections))
    assert resumed.watcher.facts.resumed_step == 2  # of 3 whole batches: the last call has one
    resumed.assert_same(whole("mlp", **sections))


@pytest.mark.smoke
@pytest.mark.parametrize("model", ["lstm", "transformer"])
def test_resume_other_families(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path, model: str
) -> None:
    """Augmented, and stopped in mid-epoch, the sequence models go on to the same bits."""
    sections = {
        "data": {"augmentation": {"flip": "alternating", "rotate": 9.0, "mixup": 0.2}},
        "train": {"epochs": 2},
    }
    train(tmp_path / "run", small(model, **sections), stop_at=EPOCH_STEPS + 2)
    resumed = train(tmp_path / "run", small(model, **sections))
    assert resumed.watcher.facts.resumed_step == EPOCH_STEPS + 2
    resumed.assert_same(whole(model, **sections))


def test_resume_cnn_again_and_again(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """A cnn stopped five times, before, within and after an epoch, ends as if never stopped."""
    resumed_steps = []
    for moment in ("start", 2, "start", EPOCH_STEPS, 2 * EPOCH_STEPS + 1):
        stopped = train(tmp_path / "run", small("cnn"), stop_at=moment)
        assert stopped.summary is None
        resumed_steps.append(stopped.watcher.facts.resumed_step)
    assert resumed_steps == [None, 0, 2, 2, EPOCH_STEPS]
    train(tmp_path / "run", small("cnn")).assert_same(whole("cnn"))


def test_resume_quick_cnn(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """Muon's momenta, slow weights between two meetings and a whitening layer are taken up."""
    settings = small("cnn", **QUICK_CNN)
    train(tmp_path / "run", settings, stop_at=5)
    resumed = train(tmp_path / "run", settings)
    assert resumed.watcher.facts.resumed_step == 5  # they meet after 3, 6 and 9 steps
    resumed.assert_same(whole("cnn", **QUICK_CNN))


def test_resume_two_replicas(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """Two replicas with dropout go on with the masks each of them would have drawn."""
    sections = {
        "distribution": {"name": "mirrored", "replicas": 2},
        "train": {"epochs": 2},
    }
    settings = small("mlp", **sections)
    assert train(tmp_path / "run", settings, stop_at=2).summary is None
    train(tmp_path / "run", settings).assert_same(whole("mlp", **sections))


def test_resume_after_a_kill_loses_metric_lines_ahead(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """Lines and halves of lines written after the newest checkpoint are cut and written again."""
    train(tmp_path / "run", small("mlp"), stop_at=2 * EPOCH_STEPS + 2)
    with (tmp_path / "run" / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "epoch", "epoch": 3}\n{"kind": "ep')
    train(tmp_path / "run", small("mlp")).assert_same(whole("mlp"))


class Killed(BaseException):
    """The process ends here."""


def test_resume_after_a_kill_between_two_checkpoints(
    whole: Callable[..., Any],
    train: Callable[..., Any],
    small: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a checkpoint every three epochs, a kill in the fifth goes back to the third."""
    from dltrain.training.loop import Loop

    def killed(loop: Any) -> None:
        if loop.state.step == 4 * EPOCH_STEPS + 2:
            raise Killed

    sections = {"data": {"validation": 0}, "train": {"epochs": 5, "checkpoint_every": 3}}
    path, settings = tmp_path / "run", small("mlp", **sections)
    with monkeypatch.context() as patch:
        patch.setattr(Loop, "_stop_if_asked", killed)
        with pytest.raises(Killed):
            train(path, settings)
    assert len((path / "metrics.jsonl").read_text().splitlines()) == 4
    resumed = train(path, settings)
    assert resumed.watcher.facts.resumed_step == 3 * EPOCH_STEPS
    expected = whole("mlp", **sections)
    assert list(expected.checkpoints()) == ["step-00000012", "step-00000020"]
    resumed.assert_same(expected)


def test_resume_from_the_checkpoint_before_a_torn_one(
    whole: Callable[..., Any], train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """A torn newest checkpoint is named and set aside, and the one before leads to the same end."""
    stopped = train(tmp_path / "run", small("mlp"), stop_at=2 * EPOCH_STEPS + 2)
    newest = max((stopped.path / "checkpoints").glob("step-*"))
    arrays = newest / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-100])
    resumed = train(tmp_path / "run", small("mlp"))
    assert newest.name in resumed.watcher.notices[0]
    assert resumed.watcher.facts.resumed_step < int(newest.name[-8:])
    resumed.assert_same(whole("mlp"))


@pytest.mark.parametrize("steps_per_call", [1, 7, "auto"])
def test_steps_per_call_change_nothing(
    train: Callable[..., Any],
    whole: Callable[..., Any],
    small: Any,
    tmp_path: Path,
    steps_per_call: int | str,
) -> None:
    """However many steps one call makes, without XLA the bits are the same."""
    settings = small("mlp", train={"steps_per_call": steps_per_call})
    trained = train(tmp_path / "run", settings)
    trained.assert_same(whole("mlp"))
