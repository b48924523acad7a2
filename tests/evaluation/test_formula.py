"""A linear model written down computes what the model computes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dltrain.config.schema import LinearModelConfig, MLPConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.evaluation.formula import formula_of, in_data_units
from dltrain.models.build import build_model

TABLE = DatasetInfo(
    name="table",
    modality="table",
    task="regression",
    input_shape=(2,),
    input_dtype="float32",
    num_examples={},
    mean=(3.0, -1.0),
    standard_deviation=(2.0, 0.5),
    target_mean=10.0,
    target_standard_deviation=4.0,
)
ONE = replace(TABLE, input_shape=(1,), mean=(0.0,), standard_deviation=(1.0,))
PLAIN = replace(ONE, target_mean=0.0, target_standard_deviation=1.0)
NAMES = ("no", "yes")
BINARY = replace(PLAIN, task="binary", class_names=NAMES)


def written(facts: DatasetInfo, kernel: Any, bias: Any, degree: int = 1) -> str | None:
    """The formula of a model with these weights."""
    config = LinearModelConfig(name="linear", degree=degree)
    model = build_model(config, facts)
    model.set_weights([np.array(kernel, np.float32), np.array(bias, np.float32)])
    return formula_of(model, config, facts)


@pytest.mark.parametrize(
    "facts",
    [
        TABLE,
        replace(TABLE, task="multiclass", class_names=("a", "b", "c")),
        replace(TABLE, modality="sequence", input_shape=(2, 2)),
    ],
)
def test_units(facts: DatasetInfo) -> None:
    """Powers of the values as stored, so weighed, are what the model gives for them."""
    random = np.random.default_rng(0)
    config = LinearModelConfig(name="linear", degree=3)
    model = build_model(config, facts)
    shapes = [weight.shape for weight in model.get_weights()]
    model.set_weights([random.normal(size=shape) for shape in shapes])
    kernel, bias = (weight.astype(np.float64) for weight in model.get_weights())
    powers = kernel.reshape(3, -1, facts.num_outputs)
    weights, constants = in_data_units(powers, bias, facts)
    x = random.normal(size=(5, *facts.input_shape)).astype(np.float32)
    flat = x.reshape(5, -1).astype(np.float64)
    found = constants + sum(flat ** (k + 1) @ weights[k] for k in range(3))
    np.testing.assert_allclose(found, model(x).numpy(), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    ("facts", "kernel", "bias", "degree", "expected"),
    [
        (PLAIN, [[1.99812]], [0.007], 1, "y = 1.998 x + 0.007"),
        (ONE, [[0.5]], [-2.5], 1, "y = 2 x"),
        # (x1 - 3) / 2 * 0.5 and (x2 + 1) / 0.5 * -0.25, in units of 4, from 10
        (TABLE, [[0.5], [-0.25]], [0.0], 1, "y = 1 x1 - 2 x2 + 5"),
        (BINARY, [[2.1], [-0.8]], [-0.3], 2, "p(yes) = sigmoid(2.1 x - 0.8 x^2 - 0.3)"),
        (PLAIN, [[-54321.0]], [-1e-9], 1, "y = -54321 x - 1e-09"),
        (PLAIN, [[0.0]], [0.0], 1, "y = 0"),
    ],
)
def test_text(facts: DatasetInfo, kernel: Any, bias: Any, degree: int, expected: str) -> None:
    """Signs stand between the terms, zeros are left out, normalisation is multiplied out."""
    assert written(facts, kernel, bias, degree) == expected


def test_several_classes() -> None:
    """Each class has a line with its logit."""
    facts = replace(PLAIN, task="multiclass", class_names=("a", "b", "c"))
    assert written(facts, [[1.0, -2.0, 0.5]], [0.0, 1.0, 0.0]) == (
        "logit(a) = 1 x\nlogit(b) = -2 x + 1\nlogit(c) = 0.5 x"
    )


def test_what_is_too_long_or_not_linear() -> None:
    """More than 12 weights or 3 outputs, and other models, have no formula."""
    wide = replace(PLAIN, input_shape=(13,))
    assert written(replace(PLAIN, input_shape=(12,)), np.ones((12, 1)), [0.0]) is not None
    assert written(wide, np.ones((13, 1)), [0.0]) is None
    four = replace(PLAIN, task="multiclass", class_names=("a", "b", "c", "d"))
    assert written(four, np.ones((1, 4)), np.zeros(4)) is None
    mlp = MLPConfig(name="mlp", hidden_units=(2,))
    assert formula_of(build_model(mlp, PLAIN), mlp, PLAIN) is None
