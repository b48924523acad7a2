"""Which other settings may be faster: one change each, as far as the config allows it."""

import os
from dataclasses import dataclass
from typing import Any

from dltrain.config.fit import mistakes_of
from dltrain.config.schema import ExperimentConfig

CORES = "cores"
"""The key of an alternative that is no key of a config: how many cores the process may use."""
PRECISIONS = ("bfloat16", "float32")
JITS = ("update", True, False)


@dataclass(frozen=True)
class Alternative:
    """A config that differs in one value from the one that is measured.

    Attributes:
        key: the dotted path of that value, or `CORES`.
        value: what it becomes.
        experiment: the config with it, valid.
    """

    key: str
    value: Any
    experiment: ExperimentConfig

    @property
    def cores(self) -> int | None:
        """How many cores the process may use; None for all."""
        return self.value if self.key == CORES else None

    @property
    def keeps_curve(self) -> bool:
        """Whether the same curve is trained, but for rounding."""
        return self.key in {"train.jit", CORES}

    @property
    def text(self) -> str:
        """As a person would write it."""
        value = str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
        return f"{self.key}: {value}"


def first_cores(count: int) -> list[int]:
    """The numbers of so many of the cores that this process may use, the lowest ones."""
    return sorted(os.sched_getaffinity(0))[:count]


def pinned(experiment: ExperimentConfig, resolved: ExperimentConfig) -> ExperimentConfig:
    """A config with what `auto` means settled, so that one change does not bring another."""
    train, data = resolved.train, resolved.data
    settled = {"precision": train.precision, "jit": train.jit}
    return experiment.model_copy(
        update={
            "train": experiment.train.model_copy(update=settled),
            "data": experiment.data.model_copy(update={"synthetic": data.synthetic}),
        }
    )


def alternatives_of(
    experiment: ExperimentConfig, *, examples: int, cores: int
) -> list[Alternative]:
    """What is worth trying, the likeliest first.

    Args:
        experiment: as `pinned` gives it.
        examples: of the training part; no batch is larger.
        cores: that a process may be kept from using: those of the machine; 1 on a GPU, and where
            the system has no such rule.
    """
    train, batch_size = experiment.train, experiment.data.batch_size
    changes: list[tuple[str, Any]] = [("train.precision", name) for name in PRECISIONS]
    changes += [("train.jit", jit) for jit in JITS]
    if batch_size != "all":
        changes += [("data.batch_size", 2 * batch_size)] if 2 * batch_size <= examples else []
        changes += [("data.batch_size", batch_size // 2)] if batch_size > 1 else []
    present = {"train.precision": train.precision, "train.jit": train.jit}
    found = [
        Alternative(key, value, _changed(experiment, key, value))
        for key, value in changes
        if key not in present or present[key] != value
    ]
    found = [each for each in found if not mistakes_of(each.experiment, {})]
    return found + ([Alternative(CORES, cores // 2, experiment)] if cores > 1 else [])


def _changed(experiment: ExperimentConfig, key: str, value: Any) -> ExperimentConfig:
    section, name = key.split(".")
    part = getattr(experiment, section).model_copy(update={name: value})
    return experiment.model_copy(update={section: part})
