"""A batch computed in parts makes the same update as the whole at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXACT = {"norm": "none", "dropout": 0.0}  # what sees parts: batch statistics and random masks


def assert_same_curve(whole: Any, parts: Any) -> None:
    """Losses agree to float rounding in every epoch, accuracies and steps to the last digit."""
    for ours, theirs in zip(whole.lines(), parts.lines(), strict=True):
        assert theirs["step"] == ours["step"]
        for split in ("train", "validation"):
            assert theirs[split]["loss"] == pytest.approx(ours[split]["loss"], rel=1e-5)
            assert theirs[split]["accuracy"] == ours[split]["accuracy"]


@pytest.mark.parametrize(
    ("parts", "sections"),
    [
        # the last batch of ten: 3, 3, 3 and 1
        (4, {"data": {"limit": 90, "batch_size": 40, "augmentation": {"mixup": 1.0}}}),
        (3, {"data": {"limit": 91, "batch_size": "all"}, "train": {"reduction": "sum"}}),
        (2, {"model": {"l2": 1e-2}, "distribution": {"name": "mirrored", "replicas": 2}}),
    ],
    ids=["ragged last part, mixed", "all examples, summed", "penalty, two replicas"],
)
def test_same_curve(
    train: Callable[..., Any], small: Any, tmp_path: Path, parts: int, sections: dict[str, Any]
) -> None:
    """Clipping, averaging, weight decay and figures do not see that a batch came in parts."""
    sections = {**sections, "model": {**EXACT, **sections.get("model", {})}}
    train_section = {"epochs": 2, **sections.pop("train", {})}
    sections["optimizer"] = {"name": "sgd", "learning_rate": 1e-2, "clip_norm": 1.0}
    whole = train(tmp_path / "whole", small("mlp", **sections, train=train_section))
    in_parts = {**train_section, "accumulation": parts}
    assert_same_curve(whole, train(tmp_path / "parts", small("mlp", **sections, train=in_parts)))


def test_batch_norm_sees_the_parts(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Batch normalisation normalises each part by itself, so there the curve is another one."""
    settings = {"model": {"dropout": 0.0}}
    whole = train(tmp_path / "whole", small("mlp", **settings, train={"epochs": 1}))
    in_parts = small("mlp", **settings, train={"epochs": 1, "accumulation": 4})
    parts = train(tmp_path / "parts", in_parts)
    assert parts.lines()[0]["train"]["loss"] != pytest.approx(
        whole.lines()[0]["train"]["loss"], rel=1e-4
    )


def test_resume(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """With batch norm, dropout and parts, a training stopped in mid-epoch ends on the same bits."""
    settings = small("mlp", train={"epochs": 2, "accumulation": 2})
    whole = train(tmp_path / "whole", settings)
    train(tmp_path / "run", settings, stop_at=2)
    resumed = train(tmp_path / "run", settings)
    assert resumed.watcher.facts.resumed_step == 2
    assert resumed.lines() == whole.lines()
    assert resumed.checkpoints()["step-00000008"] == whole.checkpoints()["step-00000008"]
