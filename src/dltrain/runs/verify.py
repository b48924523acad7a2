"""What a run directory says of itself, held against itself. It is only read, never repaired."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dltrain.config.save import differences
from dltrain.config.schema import ExperimentConfig
from dltrain.errors import UserError
from dltrain.runs.checks import UNREADABLE, Report
from dltrain.runs.read_back import MetricLines, read_config
from dltrain.runs.reading import read_bytes
from dltrain.runs.run_dir import RunDir
from dltrain.runs.typed import EpochLine, ManifestRecord


@dataclass(frozen=True)
class Beginning:
    """What a run is of, as far as it can still be read.

    Attributes:
        manifest: its provenance.
        experiment: its resolved config.
    """

    manifest: ManifestRecord | None
    experiment: ExperimentConfig | None


def refuse_what_is_no_run(path: Path) -> None:
    """Make sure that a run has begun there.

    Raises:
        UserError: none has.
    """
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise UserError(f"{path} {what}.\nName a run directory.")
    if (path / "state.json").exists() and (path / "arrays.safetensors").exists():
        raise UserError(f"{path} is a checkpoint.\nName the run directory it is in.")
    run = RunDir(path)
    if not any(file.exists() for file in (run.manifest, run.metrics, run.summary, run.checkpoints)):
        inside = sorted(str(found.parent) for found in path.glob("*/manifest.json"))[:5]
        hint = f"\nRuns inside it: {', '.join(inside)}." if inside else ""
        raise UserError(f"{path} is not a run directory: it has no manifest.json.{hint}")


def verify_beginning(run: RunDir, report: Report) -> Beginning:
    """Check `manifest.json` and `config.yaml`."""
    manifest = report.attempt("manifest", lambda: _manifest(run.manifest))
    asked = report.attempt("manifest", manifest.asked) if manifest else None
    if manifest and asked:
        fine = "whole, and its experiment is understood"
        report.hold("manifest", _wrong_in_manifest(manifest, asked), fine)
    if not run.config.exists() and not any(run.checkpoints.glob("step-*")):
        report.note("config", "not there yet; the same command writes it")
        return Beginning(manifest, None)
    resolved = report.attempt("config", lambda: read_config(run.config))
    if resolved and asked:
        fine = "whole, and the experiment of the manifest"
        report.hold("config", _edited(asked, resolved), fine)
    return Beginning(manifest, resolved)


def _manifest(path: Path) -> ManifestRecord:
    return ManifestRecord.model_validate_json(read_bytes(path))


def _wrong_in_manifest(manifest: ManifestRecord, asked: ExperimentConfig) -> Iterator[str]:
    if manifest.dataset.name != asked.data.name:
        yield f"its dataset is {manifest.dataset.name}, that of its experiment {asked.data.name}"
    seeds = {"seed": asked.seed, "split_seed": asked.data.split_seed}
    if manifest.seeds != seeds:
        yield f"its seeds are {manifest.seeds}, those of its experiment {seeds}"


def _edited(asked: ExperimentConfig, resolved: ExperimentConfig) -> Iterator[str]:
    """Keys that differ although nothing was left to `auto`."""
    for key, then, now in differences(asked, resolved):
        if then != "auto" and not key.startswith("distribution."):
            yield f"{key} is {now}, in the manifest {then}"
    if asked.distribution.name not in {"auto", resolved.distribution.name}:
        yield f"distribution.name is {resolved.distribution.name}"


def verify_metrics(
    metrics: MetricLines,
    experiment: ExperimentConfig | None,
    steps_per_epoch: int | None,
    report: Report,
    *,
    is_over: bool,
) -> None:
    """Check that `metrics.jsonl` has every epoch once, with the steps of the plan.

    Args:
        metrics: its content.
        experiment: the resolved config, if it is known.
        steps_per_epoch: updates of an epoch, if they are known.
        report: takes the checks.
        is_over: whether the run is, so that nothing will be repaired any more.
    """
    lines = metrics.readable
    fine = "no epoch yet"
    if lines:
        fine = f"{len(lines):,} epochs to step {lines[-1].step:,}, no gap and no duplicate"

    def problems() -> Iterator[str]:
        if is_over and metrics.torn:
            yield f"its last {metrics.torn} bytes are no whole line"
        yield from _unreadable(metrics)
        yield from _first_of(_gaps(lines))
        if experiment:
            yield from _first_of(_wrong_steps(lines, experiment, steps_per_epoch))
            yield from _first_of(_wrong_validations(lines, experiment))

    report.hold("metrics", problems(), fine)
    if metrics.torn and not is_over:
        report.note("metrics", "the last line is torn; the same command writes it again")


def _first_of(problems: Iterator[str]) -> Iterator[str]:
    """Only the first: after one wrong line the next ones are, too."""
    yield from islice(problems, 1)


def _unreadable(metrics: MetricLines) -> Iterator[str]:
    for number, line in enumerate(metrics.lines, start=1):
        if isinstance(line, str):
            yield f"line {number} is no record of an epoch: {line}"


def _gaps(lines: Sequence[EpochLine]) -> Iterator[str]:
    for expected, line in enumerate(lines, start=1):
        if line.epoch != expected:
            yield f"epoch {line.epoch} stands where epoch {expected} should"


def _wrong_steps(
    lines: Sequence[EpochLine], experiment: ExperimentConfig, steps_per_epoch: int | None
) -> Iterator[str]:
    """All epochs are of equal length but the last, which a limit may have cut."""
    train = experiment.train
    each = steps_per_epoch or (lines[0].step if len(lines) > 1 else None)
    before = 0
    for line in lines:
        whole = line.epoch * each if each else line.step
        is_cut = line is lines[-1] and before < line.step < whole
        may_be_cut = train.max_seconds is not None or train.max_steps == line.step
        if not (is_cut and may_be_cut) and (line.step != whole or line.step <= before):
            yield f"epoch {line.epoch} ends at step {line.step}, not {whole}"
        before = line.step
    if lines and lines[-1].epoch > train.epochs:
        yield f"it goes on to epoch {lines[-1].epoch} of {train.epochs}"


def _wrong_validations(lines: Sequence[EpochLine], experiment: ExperimentConfig) -> Iterator[str]:
    """Every so many epochs there is one, and after the last, with the figures asked for."""
    train, has_any = experiment.train, experiment.data.validation != 0
    names = {"loss", *train.metrics}
    for line in lines:
        is_due = has_any and line.epoch % train.validate_every == 0
        may_be = has_any and (is_due or line is lines[-1])
        if (is_due and line.validation is None) or (line.validation and not may_be):
            yield f"epoch {line.epoch} is {'not ' if is_due else ''}validated, against the config"
        if line.validation and train.metrics != "auto" and set(line.validation) != names:
            yield f"epoch {line.epoch} has the figures {', '.join(line.validation)}"


def verify_events(run: RunDir, report: Report) -> None:
    """Check that every line of `events.jsonl` is one; a torn last one is dropped by the next."""
    if not run.events.exists():
        report.note("events", "there is no events.jsonl")
        return
    content = report.attempt("events", lambda: read_bytes(run.events))
    if content is None:
        return
    *lines, rest = content.split(b"\n")
    report.hold("events", _no_events(lines), "every line is whole")
    if rest:
        report.note("events", "the last line is torn; the next one replaces it")


def _no_events(lines: Sequence[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line)
        except UNREADABLE:
            event = None
        if not isinstance(event, dict) or not {"time", "event"} <= event.keys():
            yield f"line {number} is no event"
