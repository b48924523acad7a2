"""A training that blows up says where, keeps what was good, and stays over."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltrain.checkpoints import folder, store
from dltrain.errors import DivergedError

HUGE = {"name": "sgd", "learning_rate": 1e30, "schedule": {"name": "constant"}, "clip_norm": None}
ONE_STEP_EPOCHS = {"limit": 32}


def diverge(train: Callable[..., Any], path: Path, settings: Any) -> tuple[str, dict[str, Any]]:
    """Train until it blows up; returns the message and the summary."""
    with pytest.raises(DivergedError) as caught:
        train(path, settings)
    return str(caught.value), json.loads((path / "summary.json").read_text())


def test_it_names_step_rate_and_last_good_checkpoint(
    train: Callable[..., Any], small: Any, tmp_path: Path
) -> None:
    """The message names the bad step, the rate and the last good checkpoint; exit code 1."""
    settings = small("mlp", optimizer=HUGE)
    assert train(tmp_path / "run", settings, stop_at="start").summary is None
    message, summary = diverge(train, tmp_path / "run", settings)
    assert DivergedError.exit_code == 1
    assert "at step 2 of 12" in message
    assert "1e+30" in message
    assert "step-00000000" in message
    assert summary["status"] == "diverged"
    assert summary["error"] == message
    assert summary["test"] is None
    assert summary["stopped"] is None
    assert not (tmp_path / "run" / "model.keras").exists()
    events = (tmp_path / "run" / "events.jsonl").read_text().splitlines()
    assert json.loads(events[-1])["event"] == "diverged"


def test_before_any_checkpoint(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Where nothing was saved yet, it says so."""
    message, _ = diverge(train, tmp_path / "run", small("mlp", optimizer=HUGE))
    assert "no checkpoint" in message


@pytest.mark.parametrize("learning_rate", [1e20, 1e30, 3e38])
@pytest.mark.parametrize("ema", [None, 0.5])
def test_no_checkpoint_holds_what_is_not_a_number(
    train: Callable[..., Any], small: Any, tmp_path: Path, learning_rate: float, ema: float | None
) -> None:
    """Whatever step of an epoch it blows up in, every checkpoint left is finite, and so is every figure."""
    settings = small(
        "mlp",
        data=ONE_STEP_EPOCHS,
        model={"norm": "none"},
        optimizer={**HUGE, "learning_rate": learning_rate, "momentum": 0.0},
        train={"ema": ema},
    )
    diverge(train, tmp_path / "run", settings)

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    for name in ("metrics.jsonl", "events.jsonl"):
        file = tmp_path / "run" / name
        for line in file.read_text().splitlines() if file.exists() else ():
            json.loads(line, parse_constant=refuse)
    for path in folder.in_folder(tmp_path / "run" / "checkpoints"):
        checkpoint = store.load(path)
        floats = [a for a in checkpoint.arrays.values() if np.issubdtype(a.dtype, np.floating)]
        assert all(np.isfinite(array).all() for array in floats)
