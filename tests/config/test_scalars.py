"""Plain scalars have the values that the core schema of YAML 1.2 gives them."""

import math

import pytest

from dltrain.config.nodes import Scalar
from dltrain.config.scalars import resolve, trap

VALUES: list[tuple[str, Scalar]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("NULL", None),
    ("nULL", "nULL"),
    ("none", "none"),
    ("true", True),
    ("False", False),
    ("TRUE", True),
    ("yes", "yes"),
    ("on", "on"),
    ("y", "y"),
    ("0", 0),
    ("-12", -12),
    ("+3", 3),
    ("0o17", 15),
    ("0x1F", 31),
    ("60_000", "60_000"),
    ("1e-3", 0.001),
    ("1E3", 1000.0),
    (".5", 0.5),
    ("1.", 1.0),
    ("-1.5e+2", -150.0),
    (".inf", math.inf),
    ("-.Inf", -math.inf),
    ("inf", "inf"),
    ("0b1", "0b1"),
    ("2024-01-01", "2024-01-01"),
    ("1.2.3", "1.2.3"),
    ("=", "="),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_value(text: str, value: Scalar) -> None:
    """A plain scalar has the value and the type of YAML 1.2."""
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_not_a_number() -> None:
    """.nan is a number that is not a number."""
    value = resolve(".nan")
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("text", ["010", "-007", "00", "1:30", "12:30:45", "1:30.5", "9" * 400])
def test_trap(text: str) -> None:
    """What other YAML versions read differently is refused."""
    assert trap(text) is not None


@pytest.mark.parametrize("text", ["0", "10", "0.5", "0o10", "0x10", "a:b", "1:99", "9" * 40])
def test_no_trap(text: str) -> None:
    """What all YAML versions agree on is not refused."""
    assert trap(text) is None
