"""What a run that goes on refuses, and what it lets pass with a word."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dltrain.data import dataset
from dltrain.data.decode_cache import Decoded
from dltrain.errors import UserError
from dltrain.training import joining


def test_other_data_is_refused(
    train: Callable[..., Any], small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does not go on with data it did not begin with."""
    train(tmp_path / "run", small("mlp"), stop_at=2)
    load = dataset.load_or_decode
    monkeypatch.setattr(
        dataset, "load_or_decode", lambda *arguments: Decoded(load(*arguments).stored, "other")
    )
    with pytest.raises(UserError) as raised:
        train(tmp_path / "run", small("mlp"))
    assert str(raised.value) == (
        "the digits found now is not the data this run began with.\n"
        "Point --data-dir at the data it began with, or start anew with --fresh."
    )


def test_an_edited_config_is_refused(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """The run directory's config is a record, not a knob."""
    stopped = train(tmp_path / "run", small("mlp"), stop_at=2)
    path = stopped.path / "config.yaml"
    path.write_text(path.read_text().replace("epochs: 3", "epochs: 4"))
    with pytest.raises(UserError, match=r"has been edited \(train\.epochs\)"):
        train(tmp_path / "run", small("mlp"))


def test_more_devices_than_the_batch_allows_are_refused_before_training(
    train: Callable[..., Any], small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `auto` finds on the machine has to fit the batch, or nothing is begun."""
    monkeypatch.setattr(joining, "make_strategy", lambda _: SimpleNamespace(num_replicas_in_sync=3))
    with pytest.raises(UserError) as raised:
        train(tmp_path / "run", small("mlp"))
    assert str(raised.value) == (
        "the config does not fit the devices it is to be trained on:\n"
        "data.batch_size: a batch of 32 examples cannot be shared by 3 replicas; "
        "write 30 or 33, or another multiple of 3"
    )
    assert not (tmp_path / "run" / "manifest.json").exists()


def test_a_roll_back_is_an_event(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """A damaged checkpoint is told on the screen and in events.jsonl."""
    stopped = train(tmp_path / "run", small("mlp"), stop_at=2)
    (stopped.path / "checkpoints" / "step-00000002" / "arrays.safetensors").write_bytes(b"")
    resumed = train(tmp_path / "run", small("mlp"))
    (notice,) = resumed.watcher.notices
    assert notice in (stopped.path / "events.jsonl").read_text()
