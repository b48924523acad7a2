"""Facts and reports as a measurement would give them, without measuring."""

from collections.abc import Callable
from typing import Any

import pytest

from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.measuring.messages import Facts

SMALL = """\
model: {name: mlp, hidden_units: [8], norm: batch, dropout: 0.2}
data: {name: digits, limit: 60, batch_size: 16, validation: 100}
optimizer: {learning_rate: 1e-3}
train: {epochs: 2, ema: 0.9, precision: float32, jit: false, steps_per_call: 2}
"""


@pytest.fixture(scope="session")
def small() -> Callable[..., ExperimentConfig]:
    """``small("train.jit=true")`` gives a tiny experiment with values of it changed."""

    def load(*overrides: str) -> ExperimentConfig:
        return load_text(SMALL, "small.yaml", overrides).experiment

    return load


@pytest.fixture
def make_facts(small: Callable[..., ExperimentConfig]) -> Callable[..., Facts]:
    """``make_facts(seconds=2.0)`` gives the facts of the tiny experiment with some changed."""

    def make(**changes: Any) -> Facts:
        facts = {
            "experiment": small(),
            "devices": "2 CPU cores, float32",
            "is_generated": False,
            "examples": 60,
            "batch_size": 16,
            "steps_per_call": 2,
            "flops_per_step": 4_000_000,
            "seconds": 2.0,
            "notices": (),
        }
        return Facts(**{**facts, **changes})

    return make
