"""The types of what is read back of a run; a file that holds others is damaged."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from dltrain.config.schema import ExperimentConfig
from dltrain.runs.reading import reason_of


def _with_loss(figures: dict[str, float]) -> dict[str, float]:
    if "loss" not in figures:
        raise ValueError("there is no loss among the figures")
    return figures


Figures = Annotated[dict[str, float], AfterValidator(_with_loss)]


class Recorded(BaseModel):
    """Keys of a JSON object, each of exactly its type; others may stand beside them."""

    model_config = ConfigDict(strict=True, frozen=True)


class DataRecord(Recorded):
    """Which data a run began with."""

    name: str
    sha256: str


class ManifestRecord(Recorded):
    """What `manifest.json` must hold; there is more."""

    experiment: dict[str, Any]
    dataset: DataRecord
    seeds: dict[str, int]

    def asked(self) -> ExperimentConfig:
        """The composed config, before `auto` was resolved.

        Raises:
            ValueError: this dltrain does not understand it.
        """
        return ExperimentConfig.model_validate_json(json.dumps(self.experiment))


class ModelRecord(Recorded):
    """The exported model as it was written; size in bytes."""

    file: Literal["model.keras"]
    sha256: str
    bytes: int


class BestRecord(Recorded):
    """Which validation was the best."""

    epoch: int
    step: int
    checkpoint: str


class SummaryRecord(Recorded):
    """What `summary.json` must hold; there is more.

    A run that can go on has none, whatever has stopped it: a full disk or a lack of memory is
    told by the exit code and in `events.jsonl`. So ``failed`` is understood, as the contract
    names it, and written by nothing so far.
    """

    status: Literal["finished", "diverged", "failed"]
    epochs: int
    steps: int
    best: BestRecord | None
    validation: Figures | None
    test: Figures | None = None
    train: Figures | None = None
    seconds: float = 0.0
    stopped: str | None = None
    model: ModelRecord | None = None


class Timing(Recorded):
    """Wall-clock figures of an epoch; every other one is a number too."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float]

    seconds: float


class EpochLine(Recorded):
    """One line of `metrics.jsonl`."""

    kind: Literal["epoch"]
    epoch: int
    step: int
    train: Figures
    validation: Figures | None
    learning_rate: float
    timing: Timing


def problem_of(kind: type[Recorded], content: dict[str, Any]) -> str | None:
    """What keeps a JSON object from being used as one of these; None if nothing does."""
    try:
        kind.model_validate(content)
    except ValidationError as error:
        return reason_of(error)
    return None
