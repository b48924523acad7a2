"""The files of a run directory, read to be held against each other."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import LOWER_IS_BETTER
from dltrain.config.yaml_nodes import parse_text
from dltrain.runs.checks import UNREADABLE
from dltrain.runs.files import sha256_of
from dltrain.runs.reading import read_bytes, reason_of
from dltrain.runs.typed import EpochLine, ModelRecord


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


def read_metric_lines(path: Path) -> MetricLines:
    """Read `metrics.jsonl`; empty before the first epoch.

    Raises:
        OSError: it cannot be read.
    """
    content = read_bytes(path) if path.exists() else b""
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
    text = read_bytes(path).decode()
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
