"""What a checkpoint says about itself, in the types it must have.

Its sums prove that nothing changed since it was written, not that dltrain has written it.
"""

import json
from dataclasses import fields
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    NonNegativeInt,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)

from dltrain.dataset_info import DatasetInfo
from dltrain.runs.reading import reason_of

_INFO = TypeAdapter(DatasetInfo)
_NAMES = {field.name for field in fields(DatasetInfo)}


class _Threads(BaseModel):
    model_config = ConfigDict(extra="forbid")

    intra_op: PositiveInt
    inter_op: PositiveInt


class Facts(BaseModel):
    """What is needed of a manifest beside the files; more may stand beside it."""

    model_config = ConfigDict(strict=True)

    step: NonNegativeInt
    structure: str
    environment: dict[str, Any]


class _Environment(BaseModel):
    packages: dict[str, str | None]
    threads: _Threads
    data: str


class _State(BaseModel):
    validation: dict[str, float] | None = None


def check_facts(manifest: dict[str, Any]) -> Facts:
    """The facts of a manifest.

    Raises:
        ValueError: one is missing or of another type.
    """
    try:
        facts = Facts.model_validate(manifest)
        _Environment.model_validate(facts.environment)
    except ValidationError as error:
        raise ValueError(f"manifest.json: {reason_of(error)}") from error
    return facts


def check_state(state: dict[str, Any]) -> dict[str, Any]:
    """The state as it is, once what can be used without the rest of it was looked at.

    Raises:
        ValueError: it is missing or of another type.
    """
    try:
        _State.model_validate(state)
    except ValidationError as error:
        raise ValueError(f"state.json: {reason_of(error)}") from error
    return state


def read_info(data: bytes) -> DatasetInfo:
    """What the model knows about its data.

    Raises:
        ValueError: a fact is unknown, missing, of another type, or no size.
        RecursionError: it is nested too deeply.
    """
    facts = json.loads(data)
    try:
        info = _INFO.validate_python(facts)
    except ValidationError as error:
        raise ValueError(f"dataset.json: {reason_of(error)}") from error
    unknown = sorted(set(facts) - _NAMES)
    if unknown:
        raise ValueError(f"dataset.json: unknown facts {', '.join(unknown)}")
    if min((*info.input_shape, *info.num_examples.values()), default=0) < 0:
        raise ValueError("dataset.json: a size is negative")
    if any(len(word.splitlines()) > 1 for word in info.vocabulary):
        raise ValueError("dataset.json: a word of the vocabulary is several lines")
    return info
