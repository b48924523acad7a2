"""Figures and foreign text as a person reads them."""


def percent(fraction: float) -> str:
    """``0.98333`` as ``98.33 %``."""
    return f"{100 * fraction:.2f} %"


def four_digits(value: float) -> str:
    """A loss with four significant digits, zeros kept: 0.05 is ``0.05000``."""
    return f"{value:#.4g}".rstrip(".")


def figure(name: str, value: float) -> str:
    """A metric by its name: accuracies in percent, anything else with four digits."""
    return percent(value) if is_share(name) else four_digits(value)


def is_share(name: str) -> bool:
    """Whether a metric is a part of the examples, however they were looked at."""
    return name.removesuffix("_tta").endswith("accuracy")


def labelled(name: str, value: float) -> str:
    """``96.52 %`` for the accuracy, which needs no name, else ``rmse 53.20``."""
    return figure(name, value) if name == "accuracy" else f"{name} {figure(name, value)}"


def clock(seconds: float) -> str:
    """Whole seconds as ``0:42``, ``1:05`` or ``2:01:05``."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


_ROUNDS_TO_10_MS, _ROUNDS_TO_1_S, _ROUNDS_TO_1_MIN = 0.00995, 0.995, 59.95  # seconds
_SLOW = 10  # examples/s


def duration(seconds: float) -> str:
    """A measured time: ``4 ms``, ``0.12 s``, ``12.3 s``, ``1:05`` or ``2:01:05``."""
    if seconds < _ROUNDS_TO_10_MS:
        return f"{1000 * seconds:.0f} ms"
    if seconds < _ROUNDS_TO_1_S:
        return f"{seconds:.2f} s"
    return f"{seconds:.1f} s" if seconds < _ROUNDS_TO_1_MIN else clock(seconds)


def speed(examples_per_second: float) -> str:
    """Training speed with a thousands separator, and a decimal where it matters."""
    digits = 1 if examples_per_second < _SLOW else 0
    return f"{examples_per_second:,.{digits}f} examples/s"


def count(number: int, noun: str) -> str:
    """``1 epoch``, ``1,293 steps``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain(text: object) -> str:
    """Foreign text with every character that a terminal could obey written as an escape."""
    characters = str(text)
    if characters.isprintable():
        return characters
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in characters
    )
