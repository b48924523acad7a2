"""What a finished run says of itself, with and without examples to judge it by."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dltrain.checkpoints.find import find_checkpoint
from dltrain.evaluation.evaluate_checkpoint import evaluate_checkpoint

DATA = {"name": "arrays", "x": [1, 2, 3, 4, 5, 6], "y": [2, 4, 6, 8, 10, 12], "batch_size": "all"}
SETTINGS = {
    "model": {"name": "linear"},
    "data": DATA,
    "optimizer": {"name": "sgd", "learning_rate": 0.02, "schedule": {"name": "constant"}},
    "train": {"epochs": 50, "jit": False, "precision": "float32"},
}


@pytest.fixture(scope="module")
def nothing_held_out(train: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A straight line through six points, trained on all of them."""
    return train(tmp_path_factory.mktemp("runs") / "run", SETTINGS)


def test_figures_on_the_training_examples(nothing_held_out: Any) -> None:
    """They are those of the final weights, and nothing is said to be tested or beaten."""
    summary = nothing_held_out.summary
    assert [summary[key] for key in ("test", "validation", "best", "tested")] == [None] * 4
    assert [summary[key] for key in ("better_than_baseline", "smaller_loss_than_baseline")] == [
        None
    ] * 2
    assert nothing_held_out.watcher.facts.data == "arrays: 6 train"
    assert nothing_held_out.watcher.facts.monitor is None
    errors = [row["predicted"] - row["y"] for row in summary["predictions"]]
    assert summary["train"]["examples"] == 6
    assert summary["train"]["loss"] == pytest.approx(np.mean(np.square(errors)), rel=1e-4)
    assert summary["train"]["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-4)


def test_averaged_views(
    tmp_path: Path, train: Callable[..., Any], small: Callable[..., Any]
) -> None:
    """The test has `accuracy_tta`, that of `eval`; validation, each epoch and the best, has none."""
    views = {"test_time_augmentation": {"flip": True, "shift": 1}, "epochs": 1, "ema": None}
    trained = train(tmp_path / "run", small("mlp", train=views, optimizer={"learning_rate": 0.1}))
    found = find_checkpoint(tmp_path / "run")
    evaluation = evaluate_checkpoint(found, "test", tmp_path, offline=True)
    assert trained.summary["test"] == {**evaluation.metrics, "examples": 60}
    assert list(trained.summary["test"])[1:3] == ["accuracy", "accuracy_tta"]
    assert trained.summary["test"]["accuracy_tta"] != trained.summary["test"]["accuracy"]
    assert list(trained.summary["validation"]) == ["loss", "accuracy"]
    assert trained.lines()[0]["validation"] == trained.summary["validation"]


def test_baseline_of_the_mean(nothing_held_out: Any) -> None:
    """Always answering 7, the mean, is off by 3 on average."""
    baseline = nothing_held_out.summary["baseline"]
    assert (baseline["split"], baseline["answer"]) == ("train", 7.0)
    assert baseline["mae"] == 3.0
    assert baseline["loss"] == pytest.approx(35 / 3)


def test_what_was_learned(nothing_held_out: Any) -> None:
    """The formula, the predictions and model.keras say the same."""
    summary = nothing_held_out.summary
    inputs = np.array([row["x"] for row in summary["predictions"]], np.float32)
    assert inputs.ravel().tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    exported = keras.models.load_model(nothing_held_out.path / "model.keras")
    predicted = [row["predicted"] for row in summary["predictions"]]
    np.testing.assert_allclose(exported(inputs).numpy().ravel(), predicted, rtol=1e-6)
    weight, bias = (float(each.squeeze()) for each in exported.get_weights())
    assert bias < 0
    assert summary["formula"] == f"y = {weight:.4g} x - {-bias:.4g}"


def test_validation_but_no_test(train: Callable[..., Any], tmp_path: Path) -> None:
    """Nothing is tested; the validation that chose the checkpoint cannot prove it better."""
    settings = SETTINGS | {"data": DATA | {"validation": 2}, "train": {"epochs": 2, "jit": False}}
    trained = train(tmp_path / "run", settings)
    summary = trained.summary
    assert (summary["test"], summary["train"], summary["predictions"]) == (None, None, None)
    assert trained.watcher.facts.data == "arrays: 4 train, 2 validation"
    assert trained.lines()[summary["best"]["epoch"] - 1]["validation"] == summary["validation"]
    assert summary["baseline"]["split"] == "validation"
    assert summary["better_than_baseline"] is None
    assert (trained.path / "model.keras").exists()
