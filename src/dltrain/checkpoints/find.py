"""From a path a person typed to one checkpoint."""

import json
from dataclasses import dataclass
from pathlib import Path

from dltrain.checkpoints.store import MANIFEST, STATE, in_folder
from dltrain.errors import CheckpointError
from dltrain.runs.run_dir import RunDir


@dataclass(frozen=True)
class Found:
    """A checkpoint and the run it belongs to, if it still lies in one."""

    path: Path
    run: RunDir | None

    @property
    def name(self) -> str:
        """``checkpoints/step-...`` inside a run, else the directory's own name."""
        return self.path.name if self.run is None else f"checkpoints/{self.path.name}"


def find_checkpoint(path: Path) -> Found:
    """A checkpoint directory itself, or the best (else the newest) checkpoint of a run.

    Raises:
        CheckpointError: there is none at this path.
    """
    if not path.exists():
        raise CheckpointError(f"{path} does not exist{_near(path)}.")
    if (path / MANIFEST).is_file() and (path / STATE).is_file():
        run = path.resolve().parent.parent
        return Found(path, RunDir(run) if (run / "manifest.json").is_file() else None)
    run_dir = RunDir(path)
    candidates = in_folder(run_dir.checkpoints)
    if candidates:
        best = _best_name(run_dir, candidates[-1])
        return Found(run_dir.checkpoints / best if best else candidates[-1], run_dir)
    inside = sorted(str(manifest.parent) for manifest in path.glob("*/manifest.json"))[:5]
    hint = f"\nRuns inside it: {', '.join(inside)}." if inside else ""
    raise CheckpointError(
        f"{path} is neither a checkpoint nor a run directory with checkpoints.{hint}"
    )


def _best_name(run: RunDir, newest: Path) -> str | None:
    """The checkpoint that validation chose, as far as the run has come."""
    summary = run.read_summary()
    if summary is not None and summary.get("best"):
        return Path(summary["best"]["checkpoint"]).name
    try:
        best = json.loads((newest / STATE).read_text(encoding="utf-8"))["best"]
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"{newest} is damaged: {error}.\nName another checkpoint of the run."
        ) from error
    return Path(best["checkpoint"]).name if best else None


def _near(path: Path) -> str:
    parent = path.parent
    if not parent.is_dir():
        return ""
    there = sorted(entry.name for entry in parent.iterdir() if not entry.name.startswith("."))
    return f"; {parent} holds {', '.join(there[:8])}" if there else ""
