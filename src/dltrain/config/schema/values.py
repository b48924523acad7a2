"""The types of single values, and what every section has in common."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.functional_validators import BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
PositiveFraction = Annotated[float, Field(gt=0.0, lt=1.0)]
PositiveFloat = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(gt=0.0, le=60_000.0)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
PositiveInt = Annotated[int, Field(ge=1)]
NonNegativeInt = Annotated[int, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Activation = Literal["relu", "gelu", "silu", "elu", "selu", "tanh", "sigmoid", "softplus"]
SequencePooling = Literal["last", "average", "max", "average_and_max"]
Loss = Literal[
    "auto",
    "cross_entropy",
    "squared_error",
    "half_squared_error",
    "absolute_error",
    "huber",
]
Metric = Literal[
    "accuracy",
    "top_2_accuracy",
    "top_3_accuracy",
    "top_5_accuracy",
    "balanced_accuracy",
    "f1",
    "auc",
    "mae",
    "rmse",
]
Monitor = Literal["auto", "loss", Metric]


def _auto_or_count(value: Any) -> int | str:
    if value == "auto" or (type(value) is int and value >= 1):
        return value
    raise PydanticCustomError("auto_or_count", "expected 'auto' or a whole number of at least 1")


AutoOrCount = Annotated[
    int | Literal["auto"],
    PlainValidator(_auto_or_count),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}]}),
]


def _auto_or_bool(value: Any) -> bool | str:
    if value == "auto" or type(value) is bool:
        return value
    raise PydanticCustomError("auto_or_bool", "expected 'auto' or true or false")


AutoOrBool = Annotated[
    bool | Literal["auto"],
    PlainValidator(_auto_or_bool),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "boolean"}]}),
]


def _jit(value: Any) -> bool | str:
    if value in ("auto", "update") or type(value) is bool:
        return value
    raise PydanticCustomError("jit", "expected 'auto', 'update' or true or false")


Jit = Annotated[
    bool | Literal["auto", "update"],
    PlainValidator(_jit),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"const": "update"}, {"type": "boolean"}]}),
]


def _validation_size(value: Any) -> float | int | str:
    is_count = type(value) is int and value >= 0
    is_fraction = type(value) is float and 0.0 <= value < 1.0
    if is_count or is_fraction or value == "official":
        return value
    raise PydanticCustomError(
        "validation_size",
        "expected a fraction of the training examples from 0 to below 1, "
        "a count of examples (0 for none), or 'official'",
    )


ValidationSize = Annotated[
    float | int | Literal["official"],
    PlainValidator(_validation_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
                {"const": "official"},
            ]
        }
    ),
]


def _metrics(value: Any) -> tuple[str, ...] | str:
    names = get_args(Metric)
    is_list = isinstance(value, list | tuple) and len(value) > 0
    if value == "auto" or (is_list and all(name in names for name in value)):
        return value if value == "auto" else tuple(value)
    raise PydanticCustomError("metrics", f"expected 'auto' or a list of {', '.join(names)}")


def _batch_size(value: Any) -> int | str:
    if value == "all" or (type(value) is int and value >= 1):
        return value
    raise PydanticCustomError("batch_size", "expected a whole number of at least 1, or 'all'")


BatchSize = Annotated[
    int | Literal["all"],
    PlainValidator(_batch_size),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "integer", "minimum": 1}]}),
]


def _one_or_per_stage(value: Any) -> int | tuple[int, ...]:
    is_list = isinstance(value, list | tuple) and len(value) > 0
    numbers = value if is_list else [value]
    if all(type(number) is int and number >= 1 for number in numbers):
        return tuple(value) if is_list else value
    raise PydanticCustomError(
        "one_or_per_stage", "expected a whole number of at least 1, or a list with one per stage"
    )


OneOrPerStage = Annotated[
    int | tuple[int, ...],
    BeforeValidator(_one_or_per_stage),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1},
            ]
        }
    ),
]


Metrics = Annotated[
    tuple[Metric, ...] | Literal["auto"],
    BeforeValidator(_metrics),  # a plain one's tuples are written as JSON with a warning
    WithJsonSchema(
        {"anyOf": [{"const": "auto"}, {"type": "array", "items": {"enum": list(get_args(Metric))}}]}
    ),
]


def _class_weights(value: Any) -> dict[str, float] | str:
    if value == "balanced":
        return "balanced"
    if isinstance(value, dict) and value and all(_is_weight(*item) for item in value.items()):
        return {name: float(weight) for name, weight in value.items()}
    raise PydanticCustomError(
        "class_weights", "expected 'balanced' or class names with a positive number each"
    )


def _is_weight(name: Any, weight: Any) -> bool:
    is_number = type(weight) in {int, float}
    return isinstance(name, str) and is_number and 0.0 < weight < float("inf")


ClassWeights = Annotated[
    dict[str, float] | Literal["balanced"],
    PlainValidator(_class_weights),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "balanced"},
                {
                    "type": "object",
                    "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
                },
            ]
        }
    ),
]


class Section(BaseModel):
    """A part of the config: frozen, strict about types, without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


def with_default_name(name: str, value: Any) -> Any:
    """Fill in the tag of a union that has a default, so that `{learning_rate: 0.1}` is enough."""
    return {"name": name, **value} if isinstance(value, dict) else value
