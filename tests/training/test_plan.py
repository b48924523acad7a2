"""Steps, learning rates and decays of the average, as numbers."""

import json
import math
from typing import Any

import pytest

from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.training.plan import average_decay_at, learning_rate_at, make_plan


def experiment_of(**sections: Any) -> ExperimentConfig:
    """An mlp on the digits, with the given keys of each section."""
    settings = {"data": {"name": "digits"}, "model": {"name": "mlp"}}
    settings = {key: {**settings.get(key, {}), **sections.get(key, {})} for key in SECTIONS}
    return load_text(json.dumps(settings), "test.yaml").experiment


SECTIONS = ("data", "model", "optimizer", "train")


@pytest.mark.parametrize(
    ("examples", "data", "train", "expected"),
    [
        (100, {"batch_size": 32}, {"epochs": 3}, (4, 12)),
        (96, {"batch_size": 32}, {"epochs": 3}, (3, 9)),
        (100, {"batch_size": 32, "drop_remainder": True}, {"epochs": 3}, (3, 9)),
        (20, {"batch_size": 32}, {"epochs": 3}, (1, 3)),
        (100, {"batch_size": 32}, {"epochs": 3, "max_steps": 6}, (4, 6)),
        (100, {"batch_size": 32}, {"epochs": 3, "max_steps": 500}, (4, 12)),
        (100, {"batch_size": "all"}, {"epochs": 3}, (1, 3)),
        (100, {"batch_size": "all", "drop_remainder": True}, {"epochs": 3}, (1, 3)),
    ],
    ids=[
        *("ragged", "even", "dropped", "one small batch", "max_steps", "generous max_steps"),
        *("all", "all, nothing to drop"),
    ],
)
def test_steps(
    examples: int, data: dict[str, Any], train: dict[str, Any], expected: tuple[int, int]
) -> None:
    """Epochs hold every batch, the ragged one too unless dropped, and max_steps only shortens."""
    plan = make_plan(experiment_of(data=data, train=train), examples)
    assert (plan.steps_per_epoch, plan.total_steps) == expected


def rates(schedule: dict[str, Any], total_steps: int) -> list[float]:
    """The learning rate of every step at a peak of 2."""
    experiment = experiment_of(optimizer={"learning_rate": 2.0, "schedule": schedule})
    return [learning_rate_at(step, experiment, total_steps) for step in range(total_steps)]


def test_warmup_then_cosine() -> None:
    """The rate rises from peak/warm-up steps to the peak, is half way at half time, ends near final."""
    found = rates({"name": "cosine", "warmup": 0.2, "final": 0.1}, 100)
    assert found[0] == pytest.approx(2.0 / 20)
    assert found[9] == pytest.approx(1.0)
    assert found[19] == found[20] == pytest.approx(2.0)
    assert found[60] == pytest.approx(2.0 * (0.1 + 0.9 * 0.5))
    last = 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * 79 / 80))
    assert found[99] == pytest.approx(2.0 * last)
    assert 0.2 < found[99] < 0.202
    assert found[20:] == sorted(found[20:], reverse=True)


def test_constant() -> None:
    """Without a warm-up a constant rate is the peak from the first step to the last."""
    assert set(rates({"name": "constant"}, 10)) == {2.0}


def test_linear() -> None:
    """A straight line falls from the peak towards final times it, by the same in every step."""
    assert rates({"name": "linear"}, 4) == [2.0, 1.5, 1.0, 0.5]
    found = rates({"name": "linear", "final": 0.5, "warmup": 0.2}, 10)
    assert found == pytest.approx([1.0, 2.0, *(2.0 - k / 8 for k in range(8))])


def test_exponential() -> None:
    """The rate falls by the same factor in every step, and would be final times the peak next."""
    assert rates({"name": "exponential", "final": 0.0625}, 4) == [2.0, 1.0, 0.5, 0.25]
    found = rates({"name": "exponential", "final": 0.25, "warmup": 0.5}, 4)
    assert found == [1.0, 2.0, 2.0, 1.0]


def test_step() -> None:
    """The rate falls at the named parts of all steps, warm-up included, and stands in between."""
    found = rates({"name": "step", "at": [0.5, 0.75], "factor": 0.5, "warmup": 0.25}, 8)
    assert found == [1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 0.5, 0.5]
    assert rates({"name": "step"}, 4) == pytest.approx([2.0, 2.0, 0.2, 0.02])


def test_warmup_of_a_single_step() -> None:
    """A training of one step moves, whatever the schedule."""
    assert rates({"name": "cosine"}, 1) == [2.0]
    assert rates({"name": "cosine", "warmup": 0.9}, 1) == [2.0]


def test_average_decay() -> None:
    """The average forgets its start quickly and then keeps the asked decay; without one it copies."""
    assert average_decay_at(0, 0.99) == pytest.approx(0.1)
    assert average_decay_at(8, 0.99) == pytest.approx(0.5)
    assert average_decay_at(100_000, 0.99) == 0.99
    assert average_decay_at(5, None) == 0.0
