"""The config keys in which runs differ, the most telling first."""

from collections.abc import Mapping, Sequence
from typing import Any

Config = Mapping[str, Any]
"""A config by dotted key, sections included."""

SECTIONS = ("data.name", "model.name", "optimizer.name", "optimizer.schedule.name", "seed")
"""What says most in few letters: which data, model, optimizer, schedule, seed."""
TECHNICAL = (
    "train.epochs",  # shown anyway
    "train.precision",
    "train.jit",
    "train.steps_per_call",
    "train.deterministic",
    "train.keep_checkpoints",
    "train.checkpoint_every",
    "train.checkpoint_steps",
    "train.checkpoint_seconds",
    "distribution.",
)
"""What rarely explains a figure, and mostly follows from the rest or from the machine."""


def differing_keys(configs: Sequence[Config]) -> list[str]:
    """Dotted keys whose values differ, the most telling first.

    A key that only some runs have, because a section above it has another name or is
    absent elsewhere, is left out if that already explains its value.
    """
    keys = dict.fromkeys(key for config in configs for key in config)
    return sorted((key for key in keys if _differs(key, configs)), key=_rank)


def _differs(key: str, configs: Sequence[Config]) -> bool:
    having = [config for config in configs if key in config]
    is_section = [isinstance(config[key], Mapping) for config in having]
    if any(is_section):  # what is inside has keys of its own
        return not all(is_section)
    if len(having) == len(configs):
        return _has_several([config[key] for config in having])
    names = {_names_above(key, config): config[key] for config in having}
    return any(config[key] != names[_names_above(key, config)] for config in having)


def _has_several(values: Sequence[Any]) -> bool:
    return any(value != values[0] for value in values)


def _names_above(key: str, config: Config) -> tuple[Any, ...]:
    """The names of the sections a key stands in, from the outermost."""
    parts = key.split(".")
    return tuple(config.get(".".join([*parts[:depth], "name"])) for depth in range(1, len(parts)))


def is_technical(key: str) -> bool:
    """Whether a key rarely explains a figure; it is told last."""
    return key.startswith(TECHNICAL)


def _rank(key: str) -> int:
    """Smaller is more telling; equal ranks keep the order of the config."""
    if key in SECTIONS:
        return SECTIONS.index(key)
    if key == "optimizer.learning_rate":
        return len(SECTIONS)
    return len(SECTIONS) + (2 if is_technical(key) else 1)
