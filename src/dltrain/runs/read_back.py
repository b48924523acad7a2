"""The files of a run directory with the keys that are held against each other, typed."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import LOWER_IS_BETTER
from dltrain.config.yaml_nodes import parse_text
from dltrain.runs.checks import UNREADABLE, reason_of
from dltrain.runs.files import sha256_of

Figures = dict[str, float]


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
    """What `summary.json` must hold; there is more."""

    status: Literal["finished", "diverged", "failed"]
    epochs: int
    steps: int
    best: BestRecord | None
    validation: Figures | None
    model: ModelRecord | None = None


class EpochLine(Recorded):
    """One line of `metrics.jsonl`."""

    kind: Literal["epoch"]
    epoch: int
    step: int
    train: Figures
    validation: Figures | None
    learning_rate: float
    timing: Figures


@dataclass(frozen=True)
class MetricLines:
    """The content of `metrics.jsonl`.

    Attributes:
        lines: each line, or why it could not be read.
        ends: after how many bytes each ends.
        torn: bytes of a last line without an end.
    """

    lines: tuple[EpochLine | str, ...]
    ends: tuple[int, ...]
    torn: int

    def up_to(self, length: int) -> list[EpochLine]:
        """The readable lines of the first `length` bytes."""
        pairs = zip(self.lines, self.ends, strict=True)
        return [line for line, end in pairs if isinstance(line, EpochLine) and end <= length]

    @property
    def readable(self) -> list[EpochLine]:
        """Every line that could be read."""
        return [line for line in self.lines if isinstance(line, EpochLine)]


def content_of(path: Path) -> bytes:
    """The content of a file.

    Raises:
        ValueError: it is something else; a pipe would keep the reader for ever.
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file")
    return path.read_bytes()


def read_metric_lines(path: Path) -> MetricLines:
    """Read `metrics.jsonl`; empty before the first epoch.

    Raises:
        OSError: it cannot be read.
    """
    content = content_of(path) if path.exists() else b""
    *lines, rest = content.split(b"\n")
    ends, length = [], 0
    for line in lines:
        length += len(line) + 1
        ends.append(length)
    return MetricLines(tuple(map(_read_line, lines)), tuple(ends), len(rest))


def _read_line(line: bytes) -> EpochLine | str:
    try:
        return EpochLine.model_validate_json(line)
    except UNREADABLE as error:
        return reason_of(error)


def best_line(lines: Iterable[EpochLine], monitor: str) -> EpochLine | None:
    """The line whose validation is the best: the earliest wins a tie, NaN never."""
    sign = -1.0 if monitor in LOWER_IS_BETTER else 1.0
    judged = [(line.validation[monitor], line) for line in lines if line.validation]
    numbers = [(sign * figure, line) for figure, line in judged if not math.isnan(figure)]
    return max(numbers, key=lambda pair: pair[0], default=(0.0, None))[1]


def read_config(path: Path) -> ExperimentConfig:
    """Read a run's `config.yaml`, which stands alone.

    Raises:
        UserError: it is not a config this dltrain understands.
        ValueError: it is no text, or extends another file.
        OSError: it cannot be read.
    """
    text = content_of(path).decode()
    if "extends" in parse_text(text, str(path))[0].entries:
        raise ValueError("it extends another file, which dltrain never writes")
    return load_text(text, str(path)).experiment


def problems_of_model(path: Path, recorded: ModelRecord) -> list[str]:
    """What tells an exported model from the one that was written.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    if size != recorded.bytes:
        return [f"{size} bytes instead of {recorded.bytes}"]
    return [] if sha256_of(path) == recorded.sha256 else ["it does not match its sha256 sum"]
