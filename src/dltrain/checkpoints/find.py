"""From a path a person typed to one checkpoint."""

from dataclasses import dataclass
from pathlib import Path

from dltrain.checkpoints.folder import best_of, in_folder, name_in
from dltrain.checkpoints.store import MANIFEST, STATE
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
        name = self.path.resolve().name
        return name if self.run is None else f"checkpoints/{name}"


def find_checkpoint(path: Path) -> Found:
    """A checkpoint directory itself, or the best (else the newest) checkpoint of a run.

    Raises:
        CheckpointError: there is none at this path.
    """
    if not path.exists():
        raise CheckpointError(f"{path} does not exist{_near(path)}.")
    if path.is_file():
        raise CheckpointError(f"{path} is a file: give a run directory, or a checkpoint in one.")
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
    if summary is None or not summary.get("best"):
        return best_of(newest)
    try:
        return name_in(summary["best"]["checkpoint"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{run.summary} is damaged: it does not name the best checkpoint.\nName one yourself."
        ) from error


def _near(path: Path) -> str:
    parent = path.parent
    if not parent.is_dir():
        return ""
    there = sorted(entry.name for entry in parent.iterdir() if not entry.name.startswith("."))
    return f"; {parent} holds {', '.join(there[:8])}" if there else ""
