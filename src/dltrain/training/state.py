"""Where a training stands, apart from its variables; plain values that survive JSON exactly."""

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from dltrain.config.schema import EarlyStoppingConfig
from dltrain.config.tasks import LOWER_IS_BETTER
from dltrain.errors import CheckpointError
from dltrain.evaluation.figures import Figures

Count = Annotated[int, Field(ge=0)]
CheckpointName = Annotated[str, Field(pattern=r"^checkpoints/step-\d{8,}$")]  # no path escapes


@dataclass
class EpochSums:
    """Sums over the epoch under way; float64, in the order of the steps.

    The score is the number of right answers, or for regression the sum of absolute errors.
    """

    loss: float = 0.0
    score: float = 0.0
    examples: Count = 0
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
    checkpoint: CheckpointName
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
        planned: whether the config, not a clock or a signal, asks for a checkpoint here.
        bad_steps: float16 steps in a row that were left out, and those between.
        rollbacks: how often the run went back after a figure that was not finite.
        seconds: training time so far, over all processes.
        metrics_length: bytes of ``metrics.jsonl`` that belong to this state.
        metrics_sha256: sum of these bytes.
        stopped: why training is over (``epochs``, ``max_steps``, ``max_seconds``,
            ``early_stopping``), or None.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    epoch: Count = 0
    step: Count = 0
    step_in_epoch: Count = 0
    sums: EpochSums = field(default_factory=EpochSums)
    best: Best | None = None
    enough: dict[str, float] | None = None
    validations_since_enough: Count = 0
    validation: dict[str, float] | None = None
    planned: bool = False
    bad_steps: Count = 0
    rollbacks: Count = 0
    seconds: float = 0.0
    metrics_length: Count = 0
    metrics_sha256: str = ""
    stopped: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For a checkpoint; numbers come back bit for bit."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The state a checkpoint holds.

        Raises:
            CheckpointError: it is no state of a training.
        """
        try:
            return TypeAdapter(cls).validate_python(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise CheckpointError(
                f"the checkpoint of step {content.get('step')} is damaged: state.json: {place}: "
                f"{first['msg']}.\nTrain again with --fresh."
            ) from error

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
