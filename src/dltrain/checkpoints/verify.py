"""A run's files held against each other. They are only read, never set aside or repaired."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from dltrain.checkpoints.folder import NAME, in_folder, step_of
from dltrain.checkpoints.store import CONTENT, REPLACED, Checkpoint, DamagedError, load
from dltrain.checkpoints.verify_state import RunFiles, problems_of_state
from dltrain.checkpoints.verify_summary import verify_best, verify_summary
from dltrain.checkpoints.verify_sums import verify_sums
from dltrain.config.schema import ExperimentConfig
from dltrain.config.split_sizes import split_sizes, steps_per_epoch
from dltrain.errors import DltrainError
from dltrain.runs.checks import Report
from dltrain.runs.read_back import read_metric_lines
from dltrain.runs.reading import read_bytes, reason_of
from dltrain.runs.run_dir import RunDir
from dltrain.runs.typed import SummaryRecord
from dltrain.runs.verify import verify_beginning, verify_events, verify_metrics

SECONDS_OF_A_REPLACEMENT = 0.2  # a training under way may be deleting or replacing one


@dataclass(frozen=True)
class Opened:
    """A checkpoint of the run under the name it has, without its arrays.

    Attributes:
        path: where it lies.
        name: ``step-...``, also of one whose replacement a kill has cut.
        checkpoint: what it holds, or why it cannot be read.
    """

    path: Path
    name: str
    checkpoint: Checkpoint | str


def verify_files(run: RunDir, report: Report) -> RunFiles:
    """Check everything that needs neither the data nor TensorFlow.

    A training may be under way: what it writes last is read first, so that what is read
    later can only be ahead of it.

    Args:
        run: the directory.
        report: takes the checks.

    Returns:
        What was read.
    """
    is_over = run.summary.exists()
    summary = _read_summary(run, report) if is_over else None
    opened = _open_all(run.checkpoints)
    metrics = report.attempt("metrics", lambda: read_metric_lines(run.metrics))
    beginning = verify_beginning(run, report)
    good = {
        each.name: each.checkpoint for each in opened if isinstance(each.checkpoint, Checkpoint)
    }
    files = RunFiles(
        run=run,
        manifest=beginning.manifest,
        experiment=beginning.experiment or _newest_experiment(good),
        metrics=metrics,
        summary=summary,
        is_over=is_over,
        checkpoints=good,
        places={each.name: each.path for each in opened},
    )
    if metrics:
        each = report.attempt("metrics", lambda: _steps_per_epoch(files))
        verify_metrics(metrics, files.experiment, each, report, is_over=is_over)
    verify_events(run, report)
    _verify_checkpoints(files, opened, report)
    verify_best(files, report)
    verify_summary(files, report)
    verify_sums(files, report)
    return files


def _newest_experiment(checkpoints: dict[str, Checkpoint]) -> ExperimentConfig | None:
    """The config that is held against the others where the run's own cannot be read."""
    newest = next(reversed(checkpoints.values()), None)
    return newest.experiment if newest else None


def _read_summary(run: RunDir, report: Report) -> SummaryRecord | None:
    return report.attempt(
        "summary", lambda: SummaryRecord.model_validate_json(read_bytes(run.summary))
    )


def _steps_per_epoch(files: RunFiles) -> int | None:
    """From the number of training examples there were, which checkpoints know."""
    for checkpoint in files.checkpoints.values():
        data = checkpoint.experiment.data
        return steps_per_epoch(data, split_sizes(data, checkpoint.info).train)
    return None


def _open_all(folder: Path) -> list[Opened]:
    """Every checkpoint, oldest first; each whose replacement was cut under its own name."""
    replaced = {path.name.removeprefix(REPLACED): path for path in folder.glob(f"{REPLACED}*")}
    places = {name: path for name, path in replaced.items() if NAME.fullmatch(name)}
    places |= {path.name: path for path in in_folder(folder)}
    names = sorted(places, key=lambda name: step_of(Path(name)))
    opened = (_open(name, places[name]) for name in names)
    return [each for each in opened if each is not None]


def _open(name: str, path: Path) -> Opened | None:
    """Read one; None if it is gone by then."""
    try:
        checkpoint = load_in_motion(name, path)
    except DltrainError as error:
        path = _place_now(name, path)
        return Opened(path, name, reason_of(error).removeprefix(f"{path} is damaged: "))
    return Opened(_place_now(name, path), name, _without_arrays(checkpoint)) if checkpoint else None


def load_in_motion(name: str, path: Path) -> Checkpoint | None:
    """Read a checkpoint of a run in which a training may be replacing and deleting them.

    Args:
        name: ``step-...``, which it has once it is in place.
        path: where it was seen.

    Returns:
        What it holds; None if it is not there any more.

    Raises:
        DamagedError: it is not what was written, at a second look too.
        CheckpointError: it was written by a dltrain that this one does not understand.
    """
    try:
        return load(path)
    except DamagedError:
        time.sleep(SECONDS_OF_A_REPLACEMENT)
    path = _place_now(name, path)
    try:
        return load(path)
    except DamagedError:
        if path.exists():
            raise
        return None


def _place_now(name: str, path: Path) -> Path:
    in_place = path.with_name(name)
    return in_place if in_place.exists() else path


def _without_arrays(checkpoint: Checkpoint) -> Checkpoint:
    return replace(checkpoint, arrays={})


def _verify_checkpoints(files: RunFiles, opened: list[Opened], report: Report) -> None:
    for each in opened:
        name, checkpoint = each.name, each.checkpoint
        if isinstance(checkpoint, str):
            report.add(f"{name} files", False, checkpoint)
            continue
        report.add(f"{name} files", True, f"{len(CONTENT) + 1} files match their sha256 sums")
        fine = "of this run, and as its line of metrics says"
        report.hold(f"{name} state", problems_of_state(name, checkpoint, files), fine)
        if each.path.name != name:
            report.note(name, "its replacement was cut; the same command puts it back")
    if not opened:
        report.note("checkpoints", "there is none")
    for path in sorted(files.run.checkpoints.glob("damaged-step-*")):
        report.note("checkpoints", f"{path.name} was damaged and set aside")
