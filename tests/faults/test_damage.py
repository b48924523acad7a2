"""What other processes, people and bad luck do to a run directory."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dltrain
from compare_runs import differences
from dltrain.checkpoints import folder
from dltrain.runs.files import sealed


@pytest.mark.slow
def test_a_run_directory_in_use(command: Callable[..., Any], tmp_path: Path) -> None:
    """A second process is refused and names the first; after a kill the directory is free."""
    training = command()
    training.until()
    said = command().end(2)
    assert f"{tmp_path / 'run'} is in use" in said
    assert str(training.process.pid) in said
    training.kill()
    assert "resumed  at step" in command().end(0)


@pytest.mark.slow
def test_a_figure_that_is_not_finite(command: Callable[..., Any], tmp_path: Path) -> None:
    """It stops with the step, the rate and the last good checkpoint, and says so again."""
    (tmp_path / "c.yaml").write_text(
        "model: {name: linear}\n"
        "data: {name: arrays, x: [1, 2, 3, 4], y: [2, 4, 6, 8], batch_size: all}\n"
        "optimizer: {name: sgd, learning_rate: 100, schedule: {name: constant}}\n"
        "train: {epochs: 20, checkpoint_every: 1}\n"
    )
    pattern = r"diverged at step \d+ of 20: .* at learning rate 100\.\nThe last good checkpoint is "
    said = command().end(1)
    assert re.search(pattern + r"checkpoints/step-\d{8}\.\n", said)
    again = command().end(1)
    assert re.search(pattern, again)
    assert "This run is over; --fresh starts it anew." in again


ROLLBACK = """\
model: {name: linear}
data: {name: arrays, x: [1, 2, 3, 4, 5, 6, 7, 8], y: [2, 4, 6, 8, 10, 12, 14, 16], batch_size: 2}
optimizer: {name: sgd, learning_rate: 100, schedule: {name: constant}}
train: {epochs: 5, jit: false, on_nan: rollback, rollbacks: 2, rollback_factor: %s}
"""


@pytest.mark.slow
def test_a_roll_back_comes_through(command: Callable[..., Any], tmp_path: Path) -> None:
    """It blows up, goes back and on at a lower rate, ends with 0, and says so."""
    (tmp_path / "c.yaml").write_text(ROLLBACK % 1e-4)
    said = command().end(0)
    going_back = (
        r"^note: training diverged at step \d+ of 20: .*; going back to step \d+ and on at "
    )
    told = re.findall(
        going_back + r"0\.0001 times .* \(roll-back 1 of at most 2\)$", said, re.MULTILINE
    )
    assert len(told) == 1
    assert "rollbacks   1, each to a checkpoint and a lower learning rate" in said
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert (summary["status"], summary["steps"]) == ("finished", 20)


@pytest.mark.slow
def test_a_roll_back_gives_up(command: Callable[..., Any], tmp_path: Path) -> None:
    """After as many tries as allowed it ends with 1 and says what has happened."""
    (tmp_path / "c.yaml").write_text(ROLLBACK % 0.999)
    said = command().end(1)
    assert said.count("going back to step") == 2
    assert "dltrain: training diverged at step" in said
    assert "It has gone back 2 times already." in said
    assert "This run is over; --fresh starts it anew." in command().end(1)


def damage(checkpoint: Path) -> None:
    """Flip a bit in the middle of its arrays."""
    file = checkpoint / "arrays.safetensors"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 99], ids=["the newest", "all"])
def test_damaged_checkpoints(
    command: Callable[..., Any], tmp_path: Path, undisturbed: Callable[[], Path], count: int
) -> None:
    """Each is named and set aside, the one before or the beginning is used, to the same bits."""
    run = tmp_path / "run"
    training = command()
    training.until()
    training.kill()
    saved = folder.in_folder(run / "checkpoints")
    assert len(saved) >= 2
    for path in saved[-count:]:
        damage(path)
    said = command().end(0)
    for path in saved[-count:]:
        assert f"{path} is damaged: arrays.safetensors does not match its sha256 sum." in said
        assert f"set aside as damaged-{path.name}" in said
        shutil.rmtree(path.with_name(f"damaged-{path.name}"))
    assert ("there is none before it" in said) == (count > 1)
    assert ("resumed  at step" in said) == (count == 1)
    assert differences(undisturbed(), run) == []


@pytest.mark.slow
def test_what_is_not_the_runs_own(command: Callable[..., Any], tmp_path: Path) -> None:
    """An edited config and a model of another builder are refused, the latter with the version."""
    run = tmp_path / "run"
    training = command()
    training.until()
    training.kill()
    config = run / "config.yaml"
    kept = config.read_text()
    config.write_text(kept.replace("epochs: 150", "epochs: 151"))
    assert "has been edited (train.epochs)" in command().end(2)
    config.write_text(kept)
    for path in folder.in_folder(run / "checkpoints"):
        manifest = json.loads((path / "manifest.json").read_text())
        del manifest["sha256"]
        manifest["structure"] = "0" * 16
        whole: dict[str, Any] = sealed(manifest)
        (path / "manifest.json").write_text(json.dumps(whole))
    said = command().end(2)
    assert f"the builder has changed since dltrain {dltrain.__version__}" in said


@pytest.mark.slow
def test_a_truncated_decode_cache(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is named and built again."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path / "cache"))
    command(tmp_path / "first", "--smoke").end(0)
    arrays = sorted((tmp_path / "cache").rglob("*.npy"))
    os.truncate(arrays[0], arrays[0].stat().st_size // 2)
    said = command(tmp_path / "second", "--smoke").end(0)
    assert f"the decode cache {arrays[0].parent} was damaged" in said
    assert "has been rebuilt" in said
    assert differences(tmp_path / "first", tmp_path / "second") == []


@pytest.mark.slow
@pytest.mark.real_data
def test_a_truncated_prepared_set(
    command: Callable[..., Any],
    real_data_dir: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is refused before training, and the file that is cut is named."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path / "cache"))
    data = tmp_path / "data"
    shutil.copytree(real_data_dir("mnist") / "mnist", data / "mnist")
    (file,) = data.rglob("mnist-test.tfrecord*")
    os.truncate(file, file.stat().st_size // 2)
    (tmp_path / "c.yaml").write_text("model: {name: mlp}\ndata: {name: mnist}\n")
    said = command(tmp_path / "run", "--offline", "--data-dir", str(data)).end(2)
    assert f"{file.name} is damaged: truncated record" in said
    assert "epoch" not in said
    assert not (tmp_path / "run" / "manifest.json").exists()
