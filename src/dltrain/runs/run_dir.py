"""Where a run lives, and which run a command means."""

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import BaseFileLock

from dltrain.config.save import differences, digest, inline
from dltrain.config.schema import ExperimentConfig
from dltrain.errors import UserError
from dltrain.runs import lock
from dltrain.runs.files import replace_json, sealed
from dltrain.runs.typed import SummaryRecord, problem_of

MOST_DIFFERENCES_SHOWN = 12
LONGEST_VALUE_SHOWN = 80
REPAIR = "Restore it from a copy, or start anew with --fresh."
SHARED_OUT = "distribution."
"""Begins the keys that say which devices share the work: a run may go on with others."""
WORKERS = "workers"
OURS = {
    *lock.OURS,
    WORKERS,
    "tensorflow.log",
    "events.jsonl",
    ".manifest.json.partial",
    ".config.yaml.partial",
}  # before a run begins


@dataclass(frozen=True)
class RunDir:
    """A run directory and the names of what is in it.

    It holds no absolute path, so it may be moved as a whole.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The resolved config: nothing is left to `auto`."""
        return self.path / "config.yaml"

    @property
    def manifest(self) -> Path:
        """Provenance: versions, hardware, git state, dataset fingerprint, command."""
        return self.path / "manifest.json"

    @property
    def metrics(self) -> Path:
        """One JSON line per epoch."""
        return self.path / "metrics.jsonl"

    @property
    def events(self) -> Path:
        """One JSON line per start, resume, signal or failure."""
        return self.path / "events.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The final model, loadable by plain Keras."""
        return self.path / "model.keras"

    @property
    def vocabulary(self) -> Path:
        """Beside a model of texts: one word per line, the line is the word's number from 0."""
        return self.path / "vocabulary.txt"

    @property
    def summary(self) -> Path:
        """Written last: the run is over when it is there."""
        return self.path / "summary.json"

    @property
    def tensorflow_log(self) -> Path:
        """What TensorFlow itself wrote to the error stream."""
        return self.path / "tensorflow.log"

    def worker_log(self, index: int) -> Path:
        """The same of a worker that is not the chief: all that it writes here."""
        return self.path / WORKERS / f"worker-{index}.log"

    def read_summary(self) -> dict[str, Any] | None:
        """The summary of a run that is over, or None.

        Raises:
            UserError: the file is damaged.
        """
        summary = _read_json(self.summary)
        if summary is not None and (problem := problem_of(SummaryRecord, summary)):
            raise UserError(f"{self.summary} is damaged: {problem}.\n{REPAIR}")
        return summary

    def read_manifest(self) -> dict[str, Any] | None:
        """The manifest, or None before the run has begun.

        Raises:
            UserError: the file is damaged.
        """
        return _read_json(self.manifest)


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
        problem = "it is not a JSON object"
    except (ValueError, RecursionError) as error:
        problem = f"it is not a JSON document ({error})"
    raise UserError(f"{path} is damaged: {problem}.\n{REPAIR}")


def default_path(config_path: Path, experiment: ExperimentConfig) -> Path:
    """`runs/<config stem>/<8 hex digits of the composed config>`, below the working directory."""
    return Path("runs") / config_path.stem / digest(experiment)


def set_aside_run(path: Path) -> Path | None:
    """Rename an earlier run to the first free `<name>.old-<n>`; None if there is none.

    Raises:
        UserError: the run is in use, or the working directory is inside of it.
    """
    if not (path / "manifest.json").is_file():
        return None
    if Path.cwd().is_relative_to(path.resolve()):
        raise UserError(
            f"{path} cannot be set aside from inside of it.\n"
            "Change to another directory and run the command from there."
        )
    taken = _taken(path)
    try:
        lock.forget_owner(path)  # while the name is ours: once renamed, it may be another's
        return _renamed(path)
    finally:
        taken.release()


def _renamed(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.old-{number}")).exists():
        number += 1
    return path.rename(aside)


@contextmanager
def occupy(path: Path) -> Iterator[RunDir]:
    """Create the run directory if needed and hold it against other processes.

    See `dltrain.runs.lock`; what a killed process has left there is no obstacle.

    Raises:
        UserError: the directory cannot be written, is a file, is in use, or is no run's.
    """
    taken = _taken(path)
    try:
        yield RunDir(path)
    finally:
        lock.give_back(path, taken)


def _taken(path: Path) -> BaseFileLock:
    try:
        path.mkdir(parents=True, exist_ok=True)
        _refuse_strangers(path)
        return lock.take(path)
    except OSError as error:
        raise UserError(
            f"cannot use {path} as a run directory: {error.strerror or error}.\n"
            "Choose a writable directory with --run-dir."
        ) from error


def _refuse_strangers(path: Path) -> None:
    """Leave alone a directory that is neither empty nor a run's."""
    strangers = [entry.name for entry in path.iterdir() if entry.name not in OURS]
    if strangers and not (path / "manifest.json").exists():
        raise UserError(
            f"{path} is not a run directory: it holds {', '.join(sorted(strangers)[:5])}.\n"
            "Choose an empty or a new directory with --run-dir."
        )


def discard_if_not_begun(run: RunDir) -> None:
    """Leave nothing of ours behind of a run that ended before it had begun."""
    if run.manifest.exists():
        return
    for name in OURS - {WORKERS}:
        (run.path / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it holds something of the person's own, or is `.`
        run.path.rmdir()


def begin(run: RunDir, experiment: ExperimentConfig, manifest: dict[str, Any]) -> None:
    """Record the composed config a new run belongs to, with its provenance."""
    content = {**manifest, "experiment": experiment.model_dump(mode="json")}
    replace_json(run.manifest, sealed(content))


def refuse_another_config(run: RunDir, experiment: ExperimentConfig) -> None:
    """Make sure that a run that has begun is of this very config, on whichever devices.

    Raises:
        UserError: it is of another one.
    """
    manifest = run.read_manifest()
    if manifest is None:
        return
    changes = [
        change
        for change in differences(_recorded_experiment(run, manifest), experiment)
        if not change[0].startswith(SHARED_OUT)
    ]
    if changes:
        lines = [f"  {path}: {_said(then)} there, {_said(now)} now" for path, then, now in changes]
        if len(lines) > MOST_DIFFERENCES_SHOWN:
            lines[MOST_DIFFERENCES_SHOWN:] = [f"  and {len(lines) - MOST_DIFFERENCES_SHOWN} more"]
        raise UserError(
            f"{run.path} holds a run of another config:\n" + "\n".join(lines) + "\n"
            "Choose another --run-dir, or set that run aside with --fresh."
        )


def _said(value: object) -> str:
    text = "nothing" if value is None else inline(value)
    return text if len(text) <= LONGEST_VALUE_SHOWN else f"{text[: LONGEST_VALUE_SHOWN - 3]}..."


def _recorded_experiment(run: RunDir, manifest: dict[str, Any]) -> ExperimentConfig:
    try:
        return ExperimentConfig.model_validate_json(json.dumps(manifest["experiment"]))
    except (KeyError, ValueError) as error:
        raise UserError(
            f"{run.manifest} does not hold a config this version of dltrain understands.\n"
            "Choose another --run-dir, or set that run aside with --fresh."
        ) from error
