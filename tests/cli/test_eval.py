"""``dltrain eval``: the logged figures to the last digit, or a loud difference."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTRACT = {"checkpoint", "split", "examples", "metrics", "logged", "matches_logged"}


def metric_lines(run: Path) -> list[dict[str, Any]]:
    """The lines of ``metrics.jsonl``."""
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def moved(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished run, copied to another place."""
    return Path(shutil.copytree(finished, tmp_path_factory.mktemp("elsewhere") / "renamed"))


def test_the_best_checkpoint_of_a_moved_run(moved: Path, command: Callable[..., Any]) -> None:
    """One JSON document holds the contract's keys, and the figures are exactly the logged ones."""
    done = command("eval", moved.name, "--json", cwd=moved.parent)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) >= CONTRACT
    summary = json.loads((moved / "summary.json").read_text())
    assert document["checkpoint"] == summary["best"]["checkpoint"]
    assert document["split"] == "validation"
    assert document["examples"] == 60
    assert document["metrics"] == document["logged"] == summary["validation"]
    assert document["matches_logged"] is True


def test_any_kept_checkpoint(moved: Path, command: Callable[..., Any]) -> None:
    """Named by itself, a checkpoint that is not the best gives its own epoch's figures, exactly."""
    best = json.loads((moved / "summary.json").read_text())["best"]["step"]
    line = next(line for line in metric_lines(moved) if line["step"] != best)
    checkpoint = moved / "checkpoints" / f"step-{line['step']:08d}"
    done = command("eval", checkpoint, "--json", cwd=moved.parent)
    document = json.loads(done.stdout)
    assert document["metrics"] == document["logged"] == line["validation"]
    assert document["matches_logged"] is True


def test_the_test_split(moved: Path, command: Callable[..., Any]) -> None:
    """It gives the test figures of the summary; nothing was logged with the checkpoint to compare."""
    done = command("eval", moved, "--split", "test", "--json", cwd=moved.parent)
    document = json.loads(done.stdout)
    summary = json.loads((moved / "summary.json").read_text())
    assert document["metrics"] | {"examples": 60} == summary["test"]
    assert document["logged"] is None
    assert document["matches_logged"] is None
    assert done.returncode == 0


def test_a_damaged_checkpoint(moved: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    """A flipped bit is the named file's fault, exit code 2, one message."""
    run = Path(shutil.copytree(moved, tmp_path / "run"))
    best = json.loads((run / "summary.json").read_text())["best"]["checkpoint"]
    arrays = run / best / "arrays.safetensors"
    content = bytearray(arrays.read_bytes())
    content[-1] ^= 1
    arrays.write_bytes(content)
    done = command("eval", "run", cwd=tmp_path)
    assert done.returncode == 2
    assert "arrays.safetensors" in done.stderr
    assert Path(best).name in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_tampered_figure(moved: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    """A logged figure changed in its last digits, sums made right, is found: exit code 1."""
    run = Path(shutil.copytree(moved, tmp_path / "run"))
    checkpoint = run / json.loads((run / "summary.json").read_text())["best"]["checkpoint"]
    state = json.loads((checkpoint / "state.json").read_text())
    state["validation"]["loss"] *= 1 + 1e-12
    text = json.dumps(state).encode()
    (checkpoint / "state.json").write_bytes(text)
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    sums = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    manifest["files"]["state.json"] = sums
    del manifest["sha256"]
    own = hashlib.sha256((json.dumps(manifest, indent=2) + "\n").encode()).hexdigest()
    (checkpoint / "manifest.json").write_text(json.dumps({**manifest, "sha256": own}))
    done = command("eval", "run", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["matches_logged"] is False
    assert document["logged"]["loss"] == state["validation"]["loss"] != document["metrics"]["loss"]


def test_a_place_without_checkpoints(tmp_path: Path, command: Callable[..., Any]) -> None:
    """A path that is no run is named with exit code 2."""
    (tmp_path / "holiday").mkdir()
    done = command("eval", "holiday", cwd=tmp_path)
    assert done.returncode == 2
    assert "holiday is neither a checkpoint nor a run directory" in done.stderr
    assert "Traceback" not in done.stderr
