"""Numbers that divide sizes, for hints."""

import math

_MOST = 6
_MOST_TRIED = 10_000  # so that a size nobody has does not take forever


def divisors_near(number: int, *sizes: int) -> str:
    """Return in words the divisors of all sizes that are nearest to a number.

    >>> divisors_near(90, 400)
    '40, 50, 80, 100, 200 or 400'
    """
    common = math.gcd(*sizes)
    tried = range(1, min(math.isqrt(common), _MOST_TRIED) + 1)
    small = [size for size in tried if common % size == 0]
    divisors = {*small, *(common // size for size in small)}
    wanted = math.log(number)
    nearest = sorted(divisors, key=lambda divisor: abs(math.log(divisor) - wanted))[:_MOST]
    *others, last = map(str, sorted(nearest))
    return f"{', '.join(others)} or {last}" if others else last
