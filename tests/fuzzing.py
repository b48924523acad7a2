"""How often something is fuzzed."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

Fuzz = Callable[[Callable[..., None]], Callable[..., None]]
"""Decorates a function that hypothesis gives its arguments."""


def times(few: int) -> list[Any]:
    """The same fuzzing twice: some always equal examples, and many others with `-m slow`."""

    def fuzz(count: int, *, always_equal: bool) -> Fuzz:
        return settings(
            max_examples=count,
            deadline=None,
            derandomize=always_equal,
            database=None,
            suppress_health_check=list(HealthCheck),
        )

    many = fuzz(50 * few, always_equal=False)
    return [
        pytest.param(fuzz(few, always_equal=True), id="few"),
        pytest.param(many, id="many", marks=pytest.mark.slow),
    ]
