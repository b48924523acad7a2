"""What the training loop tells whoever is watching it; the screen is one watcher.

The loop calls these methods and never prints. They get plain Python values only, so
that a watcher needs neither TensorFlow nor NumPy.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class BestSoFar:
    """The best validation so far: its epoch, from 1, and its figures."""

    epoch: int
    validation: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What is known before the first step.

    Attributes:
        run_dir: where the run lives, relative to the working directory if it is below it.
        model: e.g. ``cnn, 121,930 parameters``.
        data: e.g. ``digits: 1,293 train, 144 validation, 360 test``.
        device: e.g. ``2 CPU cores, float32`` or ``1 GPU (NVIDIA H200), bfloat16, XLA``.
        epochs: epochs of the whole training.
        steps_per_epoch: optimizer updates per epoch.
        total_steps: optimizer updates of the whole training; less than epochs times
            steps_per_epoch under ``train.max_steps``.
        monitor: the validation figure that chooses the best, or None without validation.
        train_metric: the metric in ``train`` of progress and epochs.
        validation_metric: the one metric of a validation to show beside its loss.
        resumed_step: the step of the checkpoint the run goes on from, or None.
        best: the best validation of the run's earlier processes, or None.
        notes: one-line facts worth saying, e.g. that data is synthetic.
    """

    run_dir: Path
    model: str
    data: str
    device: str
    epochs: int
    steps_per_epoch: int
    total_steps: int
    monitor: str | None
    train_metric: str
    validation_metric: str
    resumed_step: int | None
    best: BestSoFar | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where training stands after one compiled call.

    Attributes:
        epoch: the current epoch, from 1.
        step: optimizer updates so far, over all epochs.
        step_in_epoch: optimizer updates so far in this epoch.
        train: mean figures of this epoch so far, keyed as in an epoch record.
        learning_rate: the rate of the last update.
        examples_per_second: training speed of this epoch so far.
    """

    epoch: int
    step: int
    step_in_epoch: int
    train: dict[str, float]
    learning_rate: float
    examples_per_second: float


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """One epoch, as ``metrics.jsonl`` has it.

    Attributes:
        epoch: the epoch that ended, from 1.
        step: optimizer updates so far.
        train: mean figures over the epoch as trained: ``loss``, and ``accuracy`` or ``mae``.
        validation: ``loss`` and the metrics, or None when this epoch was not validated.
        learning_rate: the rate of the last update.
        seconds: time spent in this epoch, validation included.
        examples_per_second: training speed.
        is_best: whether this is the best validation so far.
    """

    epoch: int
    step: int
    train: dict[str, float]
    validation: dict[str, float] | None
    learning_rate: float
    seconds: float
    examples_per_second: float
    is_best: bool

    def as_line(self) -> dict[str, Any]:
        """For ``metrics.jsonl``; all but ``timing`` is the same whenever the config is."""
        return {
            "kind": "epoch",
            "epoch": self.epoch,
            "step": self.step,
            "train": self.train,
            "validation": self.validation,
            "learning_rate": self.learning_rate,
            "timing": {
                "seconds": round(self.seconds, 6),
                "examples_per_second": round(self.examples_per_second, 1),
            },
        }


class Observer(Protocol):
    """Told about everything a person may want to see while a run is under way."""

    def on_phase(self, message: str) -> None:
        """A short phase begins that may take a while: loading data, compiling, testing."""

    def on_start(self, facts: RunFacts) -> None:
        """Training is about to take its first step."""

    def on_progress(self, progress: Progress) -> None:
        """A compiled call has returned; several times a second on a small model."""

    def on_epoch(self, record: EpochRecord) -> None:
        """An epoch has ended, with its validation if it had one."""

    def on_notice(self, message: str) -> None:
        """Something happened that the person should know, but training goes on."""
