"""Where a training stands, apart from its variables; plain values that survive JSON exactly."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from dltrain.config.schema import EarlyStoppingConfig
from dltrain.config.tasks import LOWER_IS_BETTER
from dltrain.evaluation.figures import Figures


@dataclass
class EpochSums:
    """Sums over the epoch under way; float64, in the order of the steps.

    The score is the number of right answers, or for regression the sum of absolute errors.
    """

    loss: float = 0.0
    score: float = 0.0
    examples: int = 0
    seconds: float = 0.0

    def metrics(self, metric: str) -> dict[str, float]:
        """Mean training loss so far, and the mean score under the metric's name."""
        count = max(1, self.examples)
        return {"loss": self.loss / count, metric: self.score / count}


@dataclass
class Best:
    """The validation that is best so far."""

    epoch: int
    step: int
    checkpoint: str
    validation: dict[str, float]


@dataclass
class LoopState:
    """What a checkpoint has to know to go on exactly.

    Attributes:
        epoch: epochs finished.
        step: optimizer updates made.
        step_in_epoch: updates made in the epoch under way: the position in the data.
        sums: figures of the epoch under way.
        best: the best validation so far.
        enough: the figures of the last improvement of at least ``min_delta``; patience is
            counted from there.
        validations_since_enough: for early stopping.
        validation: the figures logged at this very step, if it was validated.
        seconds: training time so far, over all processes.
        metrics_length: bytes of ``metrics.jsonl`` that belong to this state.
        stopped: why training is over (``epochs``, ``max_steps``, ``max_seconds``,
            ``early_stopping``), or None.
    """

    epoch: int = 0
    step: int = 0
    step_in_epoch: int = 0
    sums: EpochSums = field(default_factory=EpochSums)
    best: Best | None = None
    enough: dict[str, float] | None = None
    validations_since_enough: int = 0
    validation: dict[str, float] | None = None
    seconds: float = 0.0
    metrics_length: int = 0
    stopped: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For a checkpoint; numbers come back bit for bit."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The state a checkpoint holds."""
        best = content["best"]
        values = {
            **content,
            "sums": EpochSums(**content["sums"]),
            "best": Best(**best) if best else None,
        }
        return cls(**values)

    def judge(
        self,
        figures: Figures,
        checkpoint: str,
        monitor: str,
        early_stopping: EarlyStoppingConfig | None,
    ) -> bool:
        """Take note of a validation; returns whether it is the best so far.

        The earliest wins a tie, a figure that is not a number never wins, and with early
        stopping an improvement smaller than ``min_delta`` does not refill the patience.
        """
        metrics = figures.as_metrics()
        min_delta = early_stopping.min_delta if early_stopping else 0.0
        if _gain(metrics, self.enough, monitor) > min_delta:
            self.enough, self.validations_since_enough = metrics, 0
        else:
            self.validations_since_enough += 1
        is_best = _gain(metrics, self.best.validation if self.best else None, monitor) > 0.0
        if is_best:
            self.best = Best(self.epoch, self.step, checkpoint, metrics)
        self.validation = metrics
        return is_best


def _gain(now: dict[str, float], before: dict[str, float] | None, monitor: str) -> float:
    """How much better the monitored figure is; NaN is worse than anything."""
    if now[monitor] != now[monitor]:
        return float("-inf")
    if before is None:
        return float("inf")
    gain = now[monitor] - before[monitor]
    return -gain if monitor in LOWER_IS_BETTER else gain
