"""Numbers that divide sizes, for hints."""

import math

_MOST = 6


def divisors_near(number: int, *sizes: int) -> str:
    """Return in words the divisors of all sizes that are nearest to a number.

    >>> divisors_near(90, 400)
    '40, 50, 80, 100, 200 or 400'
    """
    common = math.gcd(*sizes)
    small = [size for size in range(1, math.isqrt(common) + 1) if common % size == 0]
    divisors = {*small, *(common // size for size in small)}
    nearest = sorted(divisors, key=lambda divisor: abs(math.log(divisor / number)))[:_MOST]
    *others, last = map(str, sorted(nearest))
    return f"{', '.join(others)} or {last}" if others else last
