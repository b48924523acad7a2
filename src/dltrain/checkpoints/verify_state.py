"""What one checkpoint says of its run, held against what the run says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dltrain.checkpoints.folder import step_of
from dltrain.checkpoints.store import Checkpoint
from dltrain.config.save import differences
from dltrain.config.schema import ExperimentConfig
from dltrain.runs.read_back import MetricLines, best_line
from dltrain.runs.run_dir import RunDir
from dltrain.runs.typed import (
    BestRecord,
    EpochLine,
    Figures,
    ManifestRecord,
    Recorded,
    SummaryRecord,
)


class BestState(BestRecord):
    """The best validation with its figures."""

    validation: Figures


class StateRecord(Recorded):
    """What a checkpoint's `state.json` must hold; there is more."""

    epoch: int
    step: int
    step_in_epoch: int
    best: BestState | None
    validation: Figures | None
    metrics_length: int
    metrics_sha256: str


@dataclass(frozen=True, kw_only=True)
class RunFiles:
    """What could be read of a run; None where it could not.

    Attributes:
        run: its directory.
        manifest: its provenance.
        experiment: its resolved config, by config.yaml or else by the newest checkpoint.
        metrics: its epochs.
        summary: how it ended.
        is_over: whether it has.
        checkpoints: the whole ones by name, oldest first, without their arrays.
        places: where every checkpoint lies, whole or not, by name.
    """

    run: RunDir
    manifest: ManifestRecord | None
    experiment: ExperimentConfig | None
    metrics: MetricLines | None
    summary: SummaryRecord | None
    is_over: bool
    checkpoints: dict[str, Checkpoint]
    places: dict[str, Path]

    @property
    def steps(self) -> set[int]:
        """The steps that checkpoints are named after, whole or not."""
        return {step_of(Path(name)) for name in self.places}


def state_of(checkpoint: Checkpoint) -> StateRecord:
    """The state, typed.

    Raises:
        ValueError: a key is not there, or of another type.
    """
    return StateRecord.model_validate(checkpoint.state)


def problems_of_state(name: str, checkpoint: Checkpoint, files: RunFiles) -> Iterator[str]:
    """Everything in which a whole checkpoint does not belong where it lies.

    Args:
        name: of its directory.
        checkpoint: what it holds.
        files: what the run says.

    Raises:
        ValueError: its state is none.
    """
    if step_of(Path(name)) != checkpoint.step:
        yield f"it is the checkpoint of step {checkpoint.step}"
    if files.experiment:
        yield from _other_config(checkpoint.experiment, files.experiment)
    if files.manifest and checkpoint.environment.get("data") != files.manifest.dataset.sha256:
        yield "its data is not that of the manifest"
    state = state_of(checkpoint)
    if state.step != checkpoint.step:
        yield f"its state is of step {state.step}"
    if files.metrics:
        yield from _other_metrics(state, files.metrics)
        yield from _other_best(state, files.metrics, checkpoint.experiment.train.monitor)


def _other_config(its: ExperimentConfig, of_the_run: ExperimentConfig) -> Iterator[str]:
    """Where and on how many devices it was trained may change from one resume to the next."""
    changed = [key for key, _, _ in differences(of_the_run, its)]
    keys = [key for key in changed if not key.startswith("distribution.")]
    if keys:
        yield f"its config is not that of the run: {', '.join(keys[:4])}"


def _other_metrics(state: StateRecord, metrics: MetricLines) -> Iterator[str]:
    """The bytes it counts end with the line of its last epoch, whose figures are its own."""
    length = state.metrics_length
    if length not in {0, *metrics.ends}:
        size = metrics.ends[-1] if metrics.ends else 0
        where = f"beyond the {size} there are" if length > size else "inside of a line"
        yield f"it counts {length} bytes of metrics.jsonl, {where}"
    lines = metrics.up_to(length)
    last = lines[-1] if lines else None
    if len(lines) != state.epoch or (last and last.epoch != state.epoch):
        yield f"it follows epoch {state.epoch}, but {len(lines)} lines of metrics.jsonl"
    elif state.step != (last.step if last else 0) + state.step_in_epoch:
        yield f"step {state.step} is not {state.step_in_epoch} after the last line's"
    elif state.step_in_epoch == 0 and last and state.validation != last.validation:
        yield f"its validation is not that of epoch {last.epoch} in metrics.jsonl"


def _other_best(state: StateRecord, metrics: MetricLines, monitor: str) -> Iterator[str]:
    lines = metrics.up_to(state.metrics_length)
    validation = state.best.validation if state.best else None
    yield from other_best(state.best, validation, lines, monitor)


def other_best(
    best: BestRecord | None, validation: Figures | None, lines: list[EpochLine], monitor: str
) -> Iterator[str]:
    """What tells a recorded best from the best of the lines.

    Args:
        best: as recorded.
        validation: the figures recorded with it.
        lines: those it was chosen from.
        monitor: the figure that chooses.
    """
    found = best_line(lines, monitor)
    said = (best.epoch, best.step) if best else None
    if said != ((found.epoch, found.step) if found else None):
        its, there = _epoch(best), _epoch(found)
        yield f"its best is that of {its}, that of metrics.jsonl is that of {there}"
    elif found and validation != found.validation:
        yield f"the figures of its best are not those of epoch {found.epoch} in metrics.jsonl"


def _epoch(where: BestRecord | EpochLine | None) -> str:
    return f"epoch {where.epoch}" if where else "no epoch"
