"""Disks that are full or read-only, for a while or to the end."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compare_runs import differences
from dltrain.checkpoints import folder, store


@pytest.mark.smoke
def test_a_disk_full_for_a_while(command: Callable[..., Any], disk: Any) -> None:
    """Training goes on and says so; with room again it ends well and every line is there."""
    run = disk.path / "run"
    training = command(run)
    training.until()
    disk.fill()
    training.go_on()
    training.until("^note: the checkpoint of step .* No space left on device; training goes on")
    disk.make_room()
    training.go_on()
    training.end(0)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, 151))
    best = json.loads((run / "summary.json").read_text())["best"]
    assert store.load(run / best["checkpoint"]).step == best["step"]
    assert store.load(folder.in_folder(run / "checkpoints")[-1]).step == lines[-1]["step"]


@pytest.mark.slow
def test_a_disk_full_to_the_end(
    command: Callable[..., Any], disk: Any, undisturbed: Callable[[], Path]
) -> None:
    """A clear failure that names a checkpoint which is there; the same command then ends well."""
    run = disk.path / "run"
    training = command(run)
    training.until()
    disk.fill()
    training.go_on()
    said = training.end(1)
    assert "training is over, but its last checkpoint could not be written" in said
    (last_good,) = re.findall(r"the last good one is checkpoints/(step-\d+)\.\n", said)
    assert store.load(run / "checkpoints" / last_good)
    assert not (run / "summary.json").exists()
    disk.make_room()
    assert "resumed  at step" in command(run).end(0)
    assert differences(undisturbed(), run) == []


@pytest.mark.slow
def test_a_disk_full_from_the_first_byte(
    command: Callable[..., Any], disk: Any, undisturbed: Callable[[], Path]
) -> None:
    """It says so before training, and leaves nothing in the way of the same command."""
    disk.fill()
    said = command(disk.path / "run").end(1)
    assert "No space left on device" in said
    assert "epoch" not in said
    disk.make_room()
    command(disk.path / "run").end(0)
    assert differences(undisturbed(), disk.path / "run") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [".partial-model.keras", ".summary.json.partial"])
def test_a_disk_full_at_the_very_end(
    command: Callable[..., Any], tmp_path: Path, undisturbed: Callable[[], Path], name: str
) -> None:
    """The file does not appear, the run is not over, and the same command ends it."""
    run = tmp_path / "run"
    training = command()
    training.until()
    (run / name).symlink_to("/dev/full")
    training.go_on()
    assert "the disk is full" in training.end(1)
    assert not (run / "summary.json").exists()
    (run / name).unlink(missing_ok=True)
    command().end(0)
    assert differences(undisturbed(), run) == []


def read_only(mount: Callable[..., None], path: Path) -> None:
    """Make a directory read-only for those who come through its path from now on."""
    mount("--bind", path, path)
    mount("-o", "remount,bind,ro", path)


def test_a_read_only_run_directory(
    command: Callable[..., Any], tmp_path: Path, mount: Callable[..., None]
) -> None:
    """It is refused in one message before TensorFlow is loaded."""
    (tmp_path / "run").mkdir()
    read_only(mount, tmp_path / "run")
    said = command().end(2)
    assert said == (
        f"dltrain: cannot use {tmp_path / 'run'} as a run directory: Read-only file system.\n"
        "Choose a writable directory with --run-dir.\n"
    )


@pytest.mark.slow
def test_a_run_directory_that_turns_read_only(
    command: Callable[..., Any],
    tmp_path: Path,
    mount: Callable[..., None],
    undisturbed: Callable[[], Path],
) -> None:
    """Training goes on to its end and fails clearly; writable again, it ends at the same bits."""
    run = tmp_path / "run"
    training = command()
    training.until()
    read_only(mount, run)
    training.go_on()
    assert "its last checkpoint could not be written: Read-only file system" in training.end(1)
    mount("-o", "remount,bind,rw", run)
    command().end(0)
    assert differences(undisturbed(), run) == []
