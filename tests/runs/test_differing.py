"""Which config keys tell runs apart, and which of them say most."""

from typing import Any

import pytest

from dltrain.runs.differing import differing_keys, is_technical
from dltrain.runs.record import flat

ADAM = {"optimizer": {"name": "adam", "learning_rate": 0.1, "epsilon": 1e-7}}
SGD = {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.0}}
MOMENTUM = {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}}
PATIENT = {"train": {"stopping": {"patience": 3, "min_delta": 0.0}}}
PATIENTER = {"train": {"stopping": {"patience": 9, "min_delta": 0.0}}}
NEVER = {"train": {"stopping": None}}


@pytest.mark.parametrize(
    ("configs", "keys"),
    [
        ([ADAM, ADAM], []),
        ([ADAM, SGD], ["optimizer.name"]),
        ([SGD, MOMENTUM], ["optimizer.momentum"]),
        ([ADAM, SGD, MOMENTUM], ["optimizer.name", "optimizer.momentum"]),
        ([PATIENT, NEVER], ["train.stopping"]),
        ([PATIENT, PATIENTER, NEVER], ["train.stopping", "train.stopping.patience"]),
        ([{"x": [1, 2]}, {"x": [1, 3]}], ["x"]),
        ([{"old": 1}, {"old": 1, "new": 2}], []),
    ],
)
def test_differing(configs: list[dict[str, Any]], keys: list[str]) -> None:
    """A name stands for what only that section has; a section that others lack for what is in it."""
    assert differing_keys([dict(flat(config)) for config in configs]) == keys


def test_the_most_telling_first() -> None:
    """Names of sections come first, then the seed, the learning rate, the rest, and technicalities."""
    configs = [
        {
            "seed": value,
            "train": {"jit": value, "ema": value},
            "model": {"units": value, "name": value},
            "optimizer": {"learning_rate": value},
        }
        for value in (1, 2)
    ]
    keys = differing_keys([dict(flat(config)) for config in configs])
    assert keys == [
        *("model.name", "seed", "optimizer.learning_rate"),
        *("train.ema", "model.units", "train.jit"),
    ]
    assert [key for key in keys if is_technical(key)] == ["train.jit"]
