"""The types of what is read back of a run; a file that holds others is damaged."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

Figures = dict[str, float]


class _Typed(BaseModel):
    model_config = ConfigDict(strict=True)


class _Best(_Typed):
    epoch: int = 0
    step: int = 0


class _Summary(_Typed):
    status: str
    stopped: str | None = None
    epochs: int = 0
    steps: int = 0
    seconds: float = 0.0
    best: _Best | None = None
    validation: Figures | None = None
    test: Figures | None = None
    train: Figures | None = None


class _Timing(_Typed):
    seconds: float


class _Epoch(_Typed):
    epoch: int
    train: Figures
    validation: Figures | None = None
    timing: _Timing


def problem_of_summary(summary: dict[str, Any]) -> str | None:
    """What keeps a summary from being used; None if nothing does."""
    return _problem(_Summary, summary)


def problem_of_epoch(line: dict[str, Any]) -> str | None:
    """What keeps a line of metrics from being used; None if nothing does."""
    return _problem(_Epoch, line)


def _problem(kind: type[BaseModel], content: dict[str, Any]) -> str | None:
    try:
        kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return None
