"""What the command and the processes that train for it tell one another. No TensorFlow."""

from dataclasses import dataclass
from pathlib import Path

from dltrain.config.schema import ExperimentConfig


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a process is to train.

    Attributes:
        experiment: a valid config.
        data_dir: where prepared datasets lie.
        cores: how many cores it may use; None for all there are.
    """

    experiment: ExperimentConfig
    data_dir: Path
    cores: int | None = None


@dataclass(frozen=True)
class Turn:
    """A while of training.

    Attributes:
        steps: made in it.
        seconds: it took.
        examples: trained on in it.
    """

    steps: int
    seconds: float
    examples: int

    @property
    def seconds_per_example(self) -> float:
        """What settings with batches of several sizes are compared by."""
        return self.seconds / self.examples


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a process has made of its job, once it has trained for a moment.

    Attributes:
        experiment: with nothing left to `auto`.
        devices: where and in what numbers it computes, for a person.
        is_generated: whether the data is generated.
        examples: training examples.
        batch_size: examples per step.
        steps_per_call: steps in one compiled call.
        flops_per_step: floating-point operations of a step's forward and backward products.
        seconds: from the job to the first step of full speed.
        notices: what a person should know.
    """

    experiment: ExperimentConfig
    devices: str
    is_generated: bool
    examples: int
    batch_size: int
    steps_per_call: int
    flops_per_step: int
    seconds: float
    notices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Round:
    """Each part once, one right after the other.

    Attributes:
        input: seconds of a step that reads its examples and does no more.
        forward: seconds of one that computes its loss too.
        gradients: seconds of one that computes its gradients too.
        step: seconds of a whole one.
        product: floating-point operations a second in a large product of matrices.
    """

    input: float
    forward: float
    gradients: float
    step: float
    product: float


@dataclass(frozen=True)
class Memory:
    """The most memory a process has held until now, in bytes.

    Attributes:
        process: resident on the host.
        gpu: on the first GPU; None where there is none.
    """

    process: int
    gpu: int | None


@dataclass(frozen=True)
class Failure:
    """Why a process cannot go on.

    Attributes:
        message: for a person.
        exit_code: of the command, were it the only one.
    """

    message: str
    exit_code: int
