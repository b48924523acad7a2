"""Numbers and labels written out in a config."""

from typing import Annotated, Any

from pydantic import WithJsonSchema
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

DEEPEST = 4  # examples of images with channels
LARGEST = 3.4e38  # about the largest number that float32 holds


def is_number(value: Any) -> bool:
    """Tell whether a value is a number that float32 can hold: not true, not infinite."""
    return type(value) in {int, float} and -LARGEST <= value <= LARGEST


def shape_of(numbers: Any) -> tuple[int, ...]:
    """Return the shape of nested lists of numbers, e.g. ``(4, 2)``.

    Raises:
        ValueError: a list is empty, two of them differ in length or depth, or something is
            not a finite number.
    """
    if not isinstance(numbers, list | tuple):
        if not is_number(numbers):
            raise ValueError(f"{numbers!r} is not a finite number")
        return ()
    if not numbers:
        raise ValueError("there is an empty list")
    shapes = [shape_of(each) for each in numbers]
    for index, shape in enumerate(shapes, start=1):
        if shape != shapes[0]:
            raise ValueError(f"the first entry has shape {shapes[0]}, number {index} {shape}")
    return (len(numbers), *shapes[0])


def _numbers(value: Any) -> tuple[Any, ...]:
    try:
        shape = shape_of(value)
    except ValueError as error:
        raise _complaint("numbers", str(error)) from None
    if not 1 <= len(shape) <= DEEPEST:
        raise _complaint("numbers", f"there are {len(shape)} levels of lists, not 1 to {DEEPEST}")
    return _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list | tuple) else value


def _labels(value: Any) -> tuple[Any, ...]:
    entries = value if isinstance(value, list | tuple) else ()
    are_names = all(isinstance(entry, str) for entry in entries)
    are_numbers = all(map(is_number, entries))
    if not entries or not (are_names or are_numbers):
        raise _complaint("labels", "there are other things, or none")
    return tuple(entries)


def _complaint(kind: str, what: str) -> PydanticCustomError:
    expected = {
        "numbers": "expected a list of numbers, or of lists of numbers of one shape",
        "labels": "expected a list with one number, or one name of a class, per example",
    }
    return PydanticCustomError(
        kind, "{expected}; {what}", {"expected": expected[kind], "what": what}
    )


Numbers = Annotated[
    tuple[Any, ...],
    BeforeValidator(_numbers),
    WithJsonSchema({"type": "array", "minItems": 1}),
]
"""Nested tuples of one shape, 1 to 4 levels deep."""

Labels = Annotated[
    tuple[Any, ...],
    BeforeValidator(_labels),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "number"}, "minItems": 1},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
"""Numbers, or names."""
