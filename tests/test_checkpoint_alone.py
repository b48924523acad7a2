"""A text and an audio checkpoint judged by a new process that has nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dltrain

CONFIGS = {
    "text": """\
data: {name: imdb, synthetic: true, batch_size: 32, limit: 500, sequence_length: 40}
model: {name: lstm, units: [8], bidirectional: true, embedding: {units: 8}}
optimizer: {learning_rate: 1e-2}
train: {epochs: 2}
""",
    "audio": """\
data:
  name: speech_commands
  synthetic: true
  limit: 200
  evaluation_limit: 200
  features: {name: mfcc, mels: 20, hop_ms: 20, coefficients: 10}
  augmentation: {time_shift: 3, time_masks: 1, time_mask_frames: 4}
model: {name: transformer, dim: 16, depth: 1, heads: 2}
train: {epochs: 2}
""",
}


def dltrain_in(folder: Path, *arguments: str) -> str:
    """Run the command in a folder; gives its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "dltrain", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(dltrain.__file__).parents[1])},
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.smoke
@pytest.mark.parametrize("kind", CONFIGS)
def test_a_checkpoint_alone(kind: str, tmp_path: Path) -> None:
    """Moved away from its run and its config, it gives exactly the figures that were logged."""
    (tmp_path / "c.yaml").write_text(CONFIGS[kind])
    dltrain_in(tmp_path, "run", "c.yaml", "--run-dir", "run")
    newest = max((tmp_path / "run" / "checkpoints").glob("step-*"))
    alone = tmp_path / "elsewhere" / newest.name
    shutil.copytree(newest, alone)
    shutil.rmtree(tmp_path / "run")
    (tmp_path / "c.yaml").unlink()
    found: dict[str, Any] = json.loads(dltrain_in(alone.parent, "eval", newest.name, "--json"))
    assert found["matches_logged"] is True
    assert found["metrics"] == found["logged"]
    info = json.loads((alone / "dataset.json").read_text())
    assert bool(info["vocabulary"]) == (kind == "text")
