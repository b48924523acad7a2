"""One device and several replicas walk the same curve."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quick_cnn import QUICK_CNN

import dltrain

EXACT = {"dropout": 0.0}  # masks differ by replica, so equality is promised without them
RAGGED_BY_ONE = {
    "limit": 91,
    "batch_size": 30,
}  # the last batch of one leaves replicas without work
CASES = {
    # With Adam's usual epsilon the gradients of pixels that are always blank, nothing but
    # rounding, become steps, and show in validation where batch norm cannot remove them.
    "mlp, batch norm, clipping, average, mixed": (
        "mlp",
        {
            "optimizer": {"epsilon": 1e-3},
            "data": {"augmentation": {"mixup": 0.2, "cutmix": 1.0}},
        },
    ),
    "cnn, one example to validate and test": ("cnn", {"data": {"evaluation_limit": 1}}),
    "cnn, muon, groups, lookahead, whitening, identity": ("cnn", QUICK_CNN),
    "lstm, class weights": ("lstm", {"train": {"class_weights": "balanced"}}),
    "transformer, augmented": (
        "transformer",
        {"data": {"augmentation": {"flip": "random", "translate": 1, "pad_and_crop": 1}}},
    ),
    "mlp, sgd, smoothing, last batch of five": (
        "mlp",
        {
            "data": {"limit": 95},
            "optimizer": {"name": "sgd", "learning_rate": 0.1, "nesterov": True},
            "train": {"label_smoothing": 0.1, "ema": None},
        },
    ),
    "mlp, all 91 examples in one step, summed": (
        "mlp",
        {
            "data": {"batch_size": "all"},
            "optimizer": {"name": "sgd", "learning_rate": 1e-3, "clip_norm": None},
            "train": {"reduction": "sum", "loss": "half_squared_error", "ema": None},
        },
    ),
}


def sections_of(case: str) -> tuple[str, dict[str, Any]]:
    """The model family of a case and its sections."""
    model, sections = CASES[case]
    return model, {
        **sections,
        "model": {**sections.get("model", {}), **EXACT},
        "data": {**RAGGED_BY_ONE, **sections.get("data", {})},
    }


def assert_same_curve(one: Any, several: Any) -> None:
    """Losses agree to float rounding in every epoch, accuracies to the last digit."""
    assert len(one.lines()) == 3
    for ours, theirs in zip(one.lines(), several.lines(), strict=True):
        for split in ("train", "validation"):
            assert theirs[split]["loss"] == pytest.approx(ours[split]["loss"], rel=1e-5)
            assert theirs[split]["accuracy"] == ours[split]["accuracy"]
    test_of_one, test_of_several = one.outcome()["test"], several.outcome()["test"]
    assert test_of_several["loss"] == pytest.approx(test_of_one["loss"], rel=1e-5)
    assert test_of_several["accuracy"] == test_of_one["accuracy"]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.smoke if model in {"lstm", "transformer"} else ())
        for case, (model, _) in CASES.items()
    ],
)
def test_two_replicas(train: Callable[..., Any], small: Any, tmp_path: Path, case: str) -> None:
    """Two replicas give the curve of one, with a last batch too small or too odd to share."""
    model, sections = sections_of(case)
    one = train(tmp_path / "one", small(model, **sections))
    distribution = {"name": "mirrored", "replicas": 2}
    several = train(tmp_path / "two", small(model, **sections, distribution=distribution))
    assert_same_curve(one, several)


OTHER_DATA: dict[str, tuple[str, dict[str, Any]]] = {
    "text, lstm, embedding of few words": (
        "lstm",
        {"name": "imdb", "sequence_length": 20, "vocab_size": 50, "cut": "start"},
    ),
    "text, cnn": ("cnn", {"name": "imdb", "sequence_length": 20, "vocab_size": 500}),
    "audio, crnn, noise and masks": (
        "crnn",
        {
            "name": "speech_commands",
            "features": {"name": "mfcc", "mels": 20, "hop_ms": 50},
            "augmentation": {"noise_probability": 0.5, "time_masks": 1, "time_mask_frames": 3},
        },
    ),
    "table, mlp, numbers": ("mlp", {"name": "diabetes"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", OTHER_DATA)
def test_other_data(train: Callable[..., Any], small: Any, tmp_path: Path, case: str) -> None:
    """Words, sounds and numbers give the same curve on two replicas as on one, too."""
    model, data = OTHER_DATA[case]
    sections = {
        "data": {**RAGGED_BY_ONE, "synthetic": True, **data},
        "model": EXACT,
        "optimizer": {"epsilon": 1e-3},
    }
    one = train(tmp_path / "one", small(model, **sections))
    distribution = {"name": "mirrored", "replicas": 2}
    several = train(tmp_path / "two", small(model, **sections, distribution=distribution))
    for ours, theirs in zip(one.lines(), several.lines(), strict=True):
        for split in ("train", "validation"):
            assert theirs[split] == pytest.approx(ours[split], rel=1e-5)


@pytest.mark.slow
def test_three_replicas(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Three replicas, in a process of their own, give the curve of one too."""
    model, sections = sections_of("cnn, one example to validate and test")
    one = train(tmp_path / "one", small(model, **sections))
    distribution = {"name": "mirrored", "replicas": 3}
    config = tmp_path / "three.yaml"
    config.write_text(json.dumps(small(model, **sections, distribution=distribution)))
    command = [sys.executable, "-m", "dltrain", "run", str(config), "--run-dir", "three"]
    environment = {**os.environ, "PYTHONPATH": str(Path(dltrain.__file__).parents[1])}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, check=False, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    assert_same_curve(one, type(one)(tmp_path / "three", None, one.watcher))
