"""What is measured is training, with pieces of a step left out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltrain.config.schema import ExperimentConfig
from dltrain.errors import RunError
from dltrain.measuring.messages import Job, Memory, Round, Turn
from dltrain.measuring.parts import look_at
from dltrain.measuring.product import make_product
from dltrain.measuring.stepper import Stepper
from dltrain.measuring.worker import Trainer

FIRST, SECOND = 64 * 8, 8 * 10  # multiply-adds of the tiny network


@pytest.fixture(scope="module")
def trainer(
    tensorflow: None,  # noqa: ARG001 - prepared, not used
    small: Callable[..., ExperimentConfig],
) -> Trainer:
    """A tiny training that is ready."""
    return Trainer(Job(experiment=small(), data_dir=Path()))


def changed_by(stepper: Stepper, trainer: Trainer) -> set[str]:
    """Names of the variables of model, average and optimizer that a turn changes."""
    roles = trainer._ready.learner.variables().values()
    variables = [v for role in roles for v in role if "seed_generator" not in v.path]
    before = [v.numpy() for v in variables]
    stepper.turn(0.0)
    pairs = zip(variables, before, strict=True)
    return {v.name for v, old in pairs if not np.array_equal(v.numpy(), old)}


def test_training(trainer: Trainer) -> None:
    """The facts are those of the config, a turn trains, and a step has all its parts."""
    facts = trainer.facts
    assert (facts.examples, facts.batch_size, facts.steps_per_call) == (60, 16, 2)
    assert facts.flops_per_step == 16 * 2 * (2 * FIRST + 3 * SECOND)
    assert not facts.is_generated
    turn = trainer.answer("turn", 0.0)
    assert isinstance(turn, Turn)
    assert (turn.steps, turn.examples) == (2, 32)
    memory = trainer.answer("memory", 0.0)
    assert isinstance(memory, Memory)
    assert memory.process > 100e6  # TensorFlow alone is larger


def test_parts(trainer: Trainer) -> None:
    """Reading changes nothing, the forward pass moves statistics, only whole steps move weights."""
    figures = trainer.answer("round", 0.0)
    assert isinstance(figures, Round)
    assert min(figures.input, figures.forward, figures.gradients, figures.step) > 0
    assert trainer._parts is not None
    changed = {
        name: changed_by(stepper, trainer) for name, stepper in trainer._parts._steppers.items()
    }
    statistics = {"moving_mean", "moving_variance"}
    assert changed["input"] == set()
    assert changed["forward"] == changed["gradients"] == statistics
    assert changed["step"] > statistics | {"kernel", "bias"}


def test_epochs(trainer: Trainer) -> None:
    """Every example comes up once before any comes up again, and no batch is ragged."""
    stepper = trainer._stepper
    stepper._left = stepper._left[:0]
    batches = np.concatenate([stepper._next_batches().ravel() for _ in range(4)])
    assert batches.shape == (4 * 2 * 16,)
    train = set(trainer._ready.dataset.train)
    assert set(batches[:60]) == set(batches[60:120]) == train


def test_streamed(trainer: Trainer, small: Callable[..., ExperimentConfig]) -> None:
    """Examples are read ahead over all turns: none that was read is left out, none is read twice."""
    ready = trainer._ready
    experiment = small("data.resident=false")
    stepper = Stepper(ready.learner, experiment, ready.dataset)
    shown: list[int] = []

    def call(indices: Any, examples: Any) -> None:
        assert examples.result()
        shown.extend(indices.ravel())

    stepper._call = call
    for _ in range(4):
        stepper.turn(0.0)
    assert set(shown[:60]) == set(shown[60:120]) == set(ready.dataset.train)


def test_divergence(trainer: Trainer) -> None:
    """Steps that update nothing, because the loss is no number, are not passed off as training."""
    kernel = trainer._ready.learner.model.trainable_variables[0]
    before = kernel.numpy()
    kernel.assign(np.full(kernel.shape, np.nan))
    with pytest.raises(RunError, match="no longer finite"):
        trainer.answer("turn", 0.0)
    kernel.assign(before)


def test_looking(tensorflow: None) -> None:  # noqa: ARG001 - prepared, not used
    """Reading is not left out by a compiler: the outputs depend on every number of an example."""
    examples = np.ones((2, 3, 4), np.float32)
    outputs = look_at(examples, 5).numpy()
    assert outputs.shape == (2, 5)
    assert np.allclose(outputs, 12e-30)


def test_product(tensorflow: None) -> None:  # noqa: ARG001 - prepared, not used
    """A product of two matrices of 64 x 64 counts 2 * 64**3 operations."""
    rate = make_product("bfloat16", side=64)
    assert 0 < rate(0.0) < 1e15
