"""What both screens say about a training, in pieces that are never broken apart."""

from collections.abc import Mapping

from dltrain.cli.screen_state import RunState
from dltrain.cli.screen_text import (
    clock,
    count,
    duration,
    four_digits,
    labelled,
    plain,
    speed,
)
from dltrain.training.observer import EpochRecord, Progress

SKIP_HINT = "fast epochs: one line a second, all are in metrics.jsonl"


def header_rows(run: RunState) -> list[tuple[str, str]]:
    """What is known before the first step, as pairs of a label and its text."""
    facts = run.facts
    steps = f"{count(facts.total_steps, 'step')} in {count(run.num_epochs, 'epoch')}"
    chosen = f"best by validation {facts.monitor}" if facts.monitor else "no validation"
    rows = [
        ("run", str(facts.run_dir)),
        ("model", facts.model),
        ("data", facts.data),
        ("device", facts.device),
        ("train", f"{steps}, {chosen}"),
    ]
    if facts.resumed_step is not None:
        rows.append(("resumed", f"at step {facts.resumed_step:,} of {facts.total_steps:,}"))
    rows.extend(("note", note) for note in facts.notes)
    return [(label, plain(text)) for label, text in rows]


def place_fields(run: RunState, progress: Progress) -> list[str]:
    """Where training is and how fast; padded, so that a line keeps its shape."""
    steps = run.steps_in_epoch(progress.epoch)
    return [
        epoch_field(run, progress.epoch),
        f"step {progress.step_in_epoch:>{len(str(steps))}}/{steps}",
        speed(progress.examples_per_second),
    ]


def epoch_field(run: RunState, epoch: int) -> str:
    """``epoch  3/30``."""
    return f"epoch {epoch:>{len(str(run.num_epochs))}}/{run.num_epochs}"


def train_field(run: RunState, figures: Mapping[str, float]) -> str:
    """``train loss 0.1234, 96.52 %``, short enough for 40 columns."""
    return _figures_field("train", figures, run.facts.train_metric)


def _figures_field(split: str, figures: Mapping[str, float], metric: str) -> str:
    return f"{split} loss {four_digits(figures['loss'])}, {labelled(metric, figures[metric])}"


def best_field(run: RunState) -> str | None:
    """``best 95.83 % at epoch 2``, or None before the first validation."""
    if run.best is None:
        return None
    monitor = run.facts.monitor or run.facts.validation_metric
    return f"best {labelled(monitor, run.best.validation[monitor])} at epoch {run.best.epoch}"


def left_field(run: RunState, now: float) -> str | None:
    """``1:05 left``, or None while the pace is unknown."""
    seconds = run.seconds_left(now)
    return None if seconds is None else f"{clock(seconds)} left"


def epoch_fields(run: RunState, record: EpochRecord) -> list[str]:
    """One finished epoch, each figure with its label."""
    fields = [epoch_field(run, record.epoch), train_field(run, record.train)]
    if record.validation is not None:
        metric = run.facts.validation_metric
        fields.append(_figures_field("validation", record.validation, metric))
    fields.append(f"{duration(record.seconds)}{'  best' if record.is_best else ''}")
    return fields
