"""How long a training goes on, and what it validates and tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dltrain.config.load import load_text
from dltrain.training.plan import learning_rate_at

QUICK = {"dropout": 0.0, "norm": "none"}
LAME = {"learning_rate": 1e-12, "schedule": {"name": "constant"}}


def test_max_steps_in_mid_epoch(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """The training ends at that very step, validates there, and the schedule ends there too."""
    settings = small("mlp", model=QUICK, train={"max_steps": 6})
    trained = train(tmp_path / "run", settings)
    lines = trained.lines()
    assert [line["step"] for line in lines] == [4, 6]
    assert [bool(line["validation"]) for line in lines] == [True, True]
    experiment = load_text(str(settings), "test.yaml").experiment
    assert lines[-1]["learning_rate"] == learning_rate_at(5, experiment, 6)
    assert trained.summary["stopped"] == "max_steps"
    assert trained.summary["steps"] == 6
    assert trained.summary["test"]["examples"] == 60


def test_max_seconds(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Out of time, the training ends after the call under way, validates and tests."""
    trained = train(tmp_path / "run", small("mlp", model=QUICK, train={"max_seconds": 1e-9}))
    assert [line["step"] for line in trained.lines()] == [2]
    assert trained.lines()[0]["validation"] is not None
    assert trained.summary["stopped"] == "max_seconds"
    assert trained.summary["test"] is not None


def test_early_stopping(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Two validations without improvement end the training, and the first one stays the best."""
    settings = small(
        "mlp",
        model=QUICK,
        optimizer=LAME,
        train={"epochs": 9, "ema": None, "early_stopping": {"patience": 2}},
    )
    trained = train(tmp_path / "run", settings)
    assert [line["epoch"] for line in trained.lines()] == [1, 2, 3]
    assert trained.summary["stopped"] == "early_stopping"
    assert trained.summary["best"]["epoch"] == 1
    assert trained.summary["tested"] == "checkpoints/step-00000004"
    assert [record.is_best for record in trained.watcher.epochs] == [True, False, False]


def test_validate_every(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Every second epoch is validated, and the last one whether it is due or not."""
    trained = train(tmp_path / "run", small("mlp", model=QUICK, train={"validate_every": 2}))
    assert [line["validation"] is not None for line in trained.lines()] == [False, True, True]
    states = [state for _, state in trained.checkpoints().values()]
    assert [state["validation"] for state in states] == [
        line["validation"] for line in trained.lines()
    ]


def test_without_validation(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """With data.validation: 0 nothing is chosen: the last checkpoint is tested, and it says so."""
    trained = train(tmp_path / "run", small("mlp", model=QUICK, data={"validation": 0}))
    assert trained.summary["best"] is None
    assert trained.summary["validation"] is None
    assert trained.summary["tested"] == "checkpoints/step-00000012"
    assert trained.summary["test"]["accuracy"] > 0.0
    assert trained.watcher.facts.monitor is None


def test_drop_remainder(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Without the ragged batch an epoch has three steps and sees 96 examples."""
    from dltrain.checkpoints import folder, store

    trained = train(tmp_path / "run", small("mlp", model=QUICK, data={"drop_remainder": True}))
    assert [line["step"] for line in trained.lines()] == [3, 6, 9]
    accuracies = [line["train"]["accuracy"] * 96 for line in trained.lines()]
    assert accuracies == pytest.approx([round(value) for value in accuracies])
    saved = [path.name for path in folder.in_folder(trained.path / "checkpoints")]
    assert saved == [store.name_of(step) for step in (3, 6, 9)]


def test_keep_checkpoints(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """The newest one and the best one stay, however old the best is."""
    from dltrain.checkpoints import folder, store

    settings = small("mlp", model=QUICK, optimizer=LAME, train={"ema": None, "keep_checkpoints": 1})
    trained = train(tmp_path / "run", settings)
    saved = [path.name for path in folder.in_folder(trained.path / "checkpoints")]
    assert trained.summary["best"]["step"] == 4
    assert saved == [store.name_of(4), store.name_of(12)]


def test_checkpoint_every(
    train: Callable[..., Any], small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best, every third and the last epoch are saved, each after its lines are on the disk."""
    from dltrain.checkpoints import folder, store
    from dltrain.runs.metrics_file import MetricsFile

    synced: list[int] = []
    monkeypatch.setattr(MetricsFile, "sync", lambda metrics: synced.append(metrics.length))
    settings = small(
        "mlp", model=QUICK, optimizer=LAME, train={"ema": None, "epochs": 5, "checkpoint_every": 3}
    )
    trained = train(tmp_path / "run", settings)
    saved = folder.in_folder(trained.path / "checkpoints")
    assert [path.name for path in saved] == [store.name_of(step) for step in (4, 12, 20)]
    assert [store.load(path).state["metrics_length"] for path in saved] == synced
    assert len(trained.lines()) == 5


def test_monitor_loss(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """The best checkpoint is the one of the smallest validation loss when loss is monitored."""
    settings = small(
        "mlp",
        optimizer={"learning_rate": 0.3, "schedule": {"name": "constant"}},
        train={"monitor": "loss", "epochs": 6, "ema": None},
    )
    trained = train(tmp_path / "run", settings)
    losses = [line["validation"]["loss"] for line in trained.lines()]
    assert trained.summary["best"]["epoch"] == losses.index(min(losses)) + 1
    assert trained.summary["validation"]["loss"] == min(losses)


def test_the_test_set_is_read_once_at_the_end(
    train: Callable[..., Any], small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test example passes through the model before the last epoch is over, then each once."""
    from dltrain.evaluation.predict import Predictor

    seen: list[tuple[int, str, int]] = []
    real = Predictor.outputs

    def watched(self: Any, examples: Any, indices: Any, *rest: Any) -> Any:
        split = {1437: "train", 360: "test"}[len(examples)]
        epochs = len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) if seen else 0
        seen.append((epochs, split, len(indices)))
        return real(self, examples, indices, *rest)

    monkeypatch.setattr(Predictor, "outputs", watched)
    trained = train(tmp_path / "run", small("mlp", model=QUICK))
    assert seen == [(0, "train", 60), (1, "train", 60), (2, "train", 60), (3, "test", 60)]
    assert trained.watcher.told[-2].startswith("testing")


def test_xla_learns_the_same(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Compiled by XLA, a plain mlp walks the same curve to rounding."""
    curves = []
    for jit in (False, True):
        settings = small("mlp", model={"dropout": 0.0}, train={"jit": jit, "epochs": 2})
        trained = train(tmp_path / f"jit-{jit}", settings)
        assert ("XLA" in trained.watcher.facts.device) == jit
        curves.append([line["train"]["loss"] for line in trained.lines()])
        curves[-1] += [line["validation"]["loss"] for line in trained.lines()]
    assert curves[1] == pytest.approx(curves[0], rel=1e-4)
