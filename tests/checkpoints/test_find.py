"""Which checkpoint a path means."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dltrain.checkpoints.find import find_checkpoint
from dltrain.checkpoints.store import Checkpoint, save
from dltrain.errors import CheckpointError, UserError
from dltrain.runs.run_dir import RunDir

Make = Callable[..., Checkpoint]


@pytest.fixture
def run(tmp_path: Path, checkpoint: Make) -> RunDir:
    """A run with checkpoints of steps 5 and 10, of which 5 is the best so far."""
    run = RunDir(tmp_path / "runs" / "digits" / "3f9a1c02")
    run.path.mkdir(parents=True)
    run.manifest.write_text("{}")
    best = {"epoch": 1, "step": 5, "checkpoint": "checkpoints/step-00000005", "validation": {}}
    for step in (5, 10):
        save(run.checkpoints, checkpoint(step, state={"best": best}))
    return run


FINISHED = {"status": "finished", "epochs": 2, "steps": 10, "validation": None}


def best_at(name: object) -> dict[str, Any]:
    """The best of a summary that lies at `name`."""
    return {"epoch": 2, "step": 10, "checkpoint": name}


def summarise(run: RunDir, content: Any) -> None:
    """Write a summary."""
    run.summary.write_text(json.dumps(content))


def test_run_under_way(run: RunDir) -> None:
    """Of a run that is not over it is the best so far."""
    found = find_checkpoint(run.path)
    assert found.path == run.checkpoints / "step-00000005"
    assert found.run == run
    assert found.name == "checkpoints/step-00000005"


def test_finished_run(run: RunDir) -> None:
    """Of a run that is over it is the one its summary names."""
    summarise(run, {**FINISHED, "best": best_at("checkpoints/step-00000010")})
    assert find_checkpoint(run.path).path == run.checkpoints / "step-00000010"


def test_without_validation(run: RunDir, checkpoint: Make) -> None:
    """Where nothing was validated it is the newest."""
    summarise(run, {**FINISHED, "best": None})
    save(run.checkpoints, checkpoint(15, state={"best": None}))
    assert find_checkpoint(run.path).path == run.checkpoints / "step-00000015"


def test_checkpoint_itself(run: RunDir) -> None:
    """A checkpoint's own directory means it, and its run is found."""
    found = find_checkpoint(run.checkpoints / "step-00000010")
    assert found.path == run.checkpoints / "step-00000010"
    assert found.run is not None
    assert found.run.path == run.path.resolve()
    assert found.name == "checkpoints/step-00000010"


def test_here(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does a dot inside of it."""
    monkeypatch.chdir(run.checkpoints / "step-00000010")
    assert find_checkpoint(Path()).name == "checkpoints/step-00000010"
    monkeypatch.chdir(run.path)
    assert find_checkpoint(Path()).name == "checkpoints/step-00000005"


def test_taken_out(run: RunDir, tmp_path: Path) -> None:
    """A checkpoint that was taken out of its run is found and belongs to none."""
    found = find_checkpoint((run.checkpoints / "step-00000010").rename(tmp_path / "mine"))
    assert (found.path, found.run, found.name) == (tmp_path / "mine", None, "mine")


def test_missing(run: RunDir) -> None:
    """A path that is not there is named with what lies beside it."""
    path = run.checkpoints / "step-00000007"
    with pytest.raises(CheckpointError) as raised:
        find_checkpoint(path)
    assert str(raised.value) == (
        f"{path} does not exist; {run.checkpoints} holds step-00000005, step-00000010."
    )
    with pytest.raises(CheckpointError) as raised:
        find_checkpoint(run.path / "no" / "such" / "place")
    assert str(raised.value) == f"{run.path / 'no' / 'such' / 'place'} does not exist."


def test_folder_of_runs(run: RunDir) -> None:
    """A folder with runs in it names them."""
    with pytest.raises(CheckpointError) as raised:
        find_checkpoint(run.path.parent)
    assert str(raised.value) == (
        f"{run.path.parent} is neither a checkpoint nor a run directory with checkpoints.\n"
        f"Runs inside it: {run.path}."
    )


def test_file(tmp_path: Path) -> None:
    """A file is neither."""
    path = tmp_path / "model.keras"
    path.write_text("")
    with pytest.raises(CheckpointError) as raised:
        find_checkpoint(path)
    assert str(raised.value) == (f"{path} is a file: give a run directory, or a checkpoint in one.")


@pytest.mark.parametrize(
    "summary",
    [
        [],
        {},
        {**FINISHED, "best": 3},
        {**FINISHED, "best": {"epoch": 1, "step": 5}},
        {**FINISHED, "best": best_at(5)},
    ],
    ids=str,
)
def test_foreign_summary(run: RunDir, summary: Any) -> None:
    """A summary that is something else is named."""
    summarise(run, summary)
    with pytest.raises(UserError) as raised:
        find_checkpoint(run.path)
    assert str(raised.value).startswith(f"{run.summary} is damaged: ")


def test_hostile_summary(run: RunDir) -> None:
    """A summary cannot lead out of the run's checkpoints."""
    for name in ("../../elsewhere/step-00000001", "checkpoints/..", "/etc", "checkpoints/\0"):
        summarise(run, {**FINISHED, "best": best_at(name)})
        with pytest.raises(CheckpointError, match="it does not name the best checkpoint"):
            find_checkpoint(run.path)


@pytest.mark.parametrize(
    "state", ["", "[]", "{}", '{"best": 3}', '{"best": {"step": 5}}', "[" * 100_000]
)
def test_damaged_state(run: RunDir, state: str) -> None:
    """Damage of the newest checkpoint is named, because it tells which is the best."""
    newest = run.checkpoints / "step-00000010"
    (newest / "state.json").write_text(state)
    with pytest.raises(CheckpointError) as raised:
        find_checkpoint(run.path)
    assert str(raised.value).startswith(f"{newest} is damaged: ")
