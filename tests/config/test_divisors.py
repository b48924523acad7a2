"""Divisors in words, for hints."""

import pytest

from dltrain.config.divisors import divisors_near


@pytest.mark.parametrize(
    ("number", "sizes", "text"),
    [
        (3, (8, 8), "1, 2, 4 or 8"),
        (90, (400,), "25, 40, 50, 80, 100 or 200"),
        (5, (7,), "1 or 7"),
        (4, (9, 8), "1"),
        (10**6, (2 * 10**9 + 11,), "1 or 2000000011"),
    ],
)
def test_divisors_near(number: int, sizes: tuple[int, ...], text: str) -> None:
    """The common divisors nearest to a number are named, six of them at most."""
    assert divisors_near(number, *sizes) == text
