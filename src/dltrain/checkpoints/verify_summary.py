"""Whether the best is there, and whether the summary tells what the run has come to."""

from collections.abc import Iterator

from dltrain.checkpoints.store import name_of
from dltrain.checkpoints.verify_state import RunFiles, other_best, state_of
from dltrain.runs.checks import Report
from dltrain.runs.read_back import problems_of_model
from dltrain.runs.typed import BestRecord, SummaryRecord


def verify_best(files: RunFiles, report: Report) -> None:
    """Check that the checkpoint that validation chose is there and is that one."""
    best = report.attempt("best", lambda: _named_best(files))
    if best is None:
        return
    is_lost = best.step not in files.steps
    if is_lost and files.summary and files.summary.status != "finished":
        report.note("best", f"{best.checkpoint} is not there: the run failed before it was written")
        return
    report.hold("best", _wrong_best(best, files), f"{best.checkpoint}, of epoch {best.epoch}")


def _named_best(files: RunFiles) -> BestRecord | None:
    """The best by the summary, or while there is none by the newest checkpoint."""
    if files.summary:
        return files.summary.best
    newest = next(reversed(files.checkpoints.values()), None)
    return state_of(newest).best if newest else None


def _wrong_best(best: BestRecord, files: RunFiles) -> Iterator[str]:
    name = name_of(best.step)
    if best.checkpoint != f"checkpoints/{name}":
        yield f"it is {best.checkpoint}, but of step {best.step}"
    if name not in files.places:
        yield f"checkpoints/{name} is not there"
    elif name not in files.checkpoints:
        yield f"checkpoints/{name} is damaged"
    elif state_of(files.checkpoints[name]).epoch != best.epoch:
        yield f"checkpoints/{name} is not of epoch {best.epoch}"


def verify_summary(files: RunFiles, report: Report) -> None:
    """Check `summary.json` and the `model.keras` it tells the sum of."""
    summary = files.summary
    if summary is None:
        if not files.is_over:
            report.note("summary", "none yet: the run is not over")
        return
    fine = f"{summary.status} after {summary.epochs:,} epochs, {summary.steps:,} steps"
    report.hold("summary", _wrong_summary(summary, files), fine)
    recorded = summary.model
    if recorded:
        fine = "it matches its sha256 sum"
        report.hold("model", _wrong_model(files, summary), fine)
    elif summary.status == "finished":
        report.note("model", "no sum of model.keras was recorded when it was written")


def _wrong_summary(summary: SummaryRecord, files: RunFiles) -> Iterator[str]:
    if files.metrics:
        yield from _other_end(summary, files)
    newest = max(files.steps, default=None)
    if newest is not None and newest > summary.steps:
        yield f"it ends at step {summary.steps}, but there is a checkpoint of step {newest}"
    if summary.status == "finished" and newest != summary.steps:
        yield f"the checkpoint of its last step, {name_of(summary.steps)}, is not there"


def _other_end(summary: SummaryRecord, files: RunFiles) -> Iterator[str]:
    lines = files.metrics.readable if files.metrics else []
    last = lines[-1] if lines else None
    if summary.epochs != (last.epoch if last else 0):
        yield f"it counts {summary.epochs} epochs, metrics.jsonl {last.epoch if last else 0}"
    steps = last.step if last else 0
    is_equal = summary.steps == steps
    if not is_equal and (summary.status == "finished" or summary.steps < steps):
        yield f"it counts {summary.steps} steps, metrics.jsonl {steps}"
    if files.experiment:
        monitor = files.experiment.train.monitor
        yield from other_best(summary.best, summary.validation, lines, monitor)


def _wrong_model(files: RunFiles, summary: SummaryRecord) -> Iterator[str]:
    if summary.model:
        yield from problems_of_model(files.run.model, summary.model)
