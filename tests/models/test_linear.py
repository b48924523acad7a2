"""Weighted sums, and where weights begin."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from dltrain.config.schema import ModelConfig
from dltrain.dataset_info import DATASET_INFO, DatasetInfo
from dltrain.models.build import build_model, with_probabilities

XOR = DATASET_INFO["xor"]
NUMBER = replace(XOR, task="regression", class_names=())


def model_of(info: DatasetInfo, name: str, **options: Any) -> keras.Model:
    """A model with options; each call draws the same weights."""
    keras.utils.set_random_seed(0)
    config = TypeAdapter(ModelConfig).validate_python({"name": name, **options})
    return build_model(config, info)


def test_nothing_but_a_sum() -> None:
    """On a table in its own units the model is its output layer, also where it is exported."""
    model = model_of(NUMBER, "linear")
    assert [layer.name for layer in model.layers] == ["inputs", "number"]
    assert with_probabilities(model, NUMBER) is model
    whole = with_probabilities(model_of(XOR, "linear"), XOR)
    assert [layer.name for layer in whole.layers] == ["inputs", "logits", "probabilities"]
    assert np.asarray(whole(np.zeros((1, 2), "float32"))).tolist() == [[0.5]]


def test_degree() -> None:
    """With degree 3 the output is a cubic of each column, and no product of two columns."""
    model = model_of(NUMBER, "linear", degree=3)
    layer = model.get_layer("number")
    weights = np.array([2.0, -1.0, 0.5, 3.0, 0.25, -2.0], "float32")
    layer.set_weights([weights[:, None], np.array([7.0], "float32")])
    x = np.array([[2.0, 3.0], [-1.0, 0.5]], "float32")
    expected = x @ weights[:2] + x**2 @ weights[2:4] + x**3 @ weights[4:] + 7.0
    np.testing.assert_allclose(np.asarray(model(x))[:, 0], expected, rtol=1e-6)


def test_degree_of_images() -> None:
    """Of every pixel the output layer has one weight per power and class."""
    model = model_of(DATASET_INFO["digits"], "linear", degree=2)
    assert model.get_layer("logits").kernel.shape == (2 * 64, 10)


def test_zeros() -> None:
    """A linear model begins at zero unless it is told otherwise."""
    assert not any(weight.numpy().any() for weight in model_of(XOR, "linear").weights)


@pytest.mark.parametrize(
    ("name", "options"), [("linear", {"degree": 4}), ("mlp", {"hidden_units": (2, 2)})]
)
def test_uniform(name: str, options: dict[str, Any]) -> None:
    """All weights and biases, the output's included, are drawn between 0 and 1, each anew."""
    model = model_of(XOR, name, initializer="uniform", **options)
    values = np.concatenate([weight.numpy().ravel() for weight in model.trainable_variables])
    assert len(values) == len(set(values.tolist())) == model.count_params()
    assert ((values >= 0.0) & (values <= 1.0)).all()
    assert values.max() > 0.6


def test_he_normal() -> None:
    """He's initializer is for the layers before a ReLU, not for the output."""
    model = model_of(XOR, "mlp", hidden_units=(1000,), initializer="he_normal")
    assert model.get_layer("dense_1").kernel.numpy().std() == pytest.approx(1.0, rel=0.1)
    limit = np.sqrt(6 / (1000 + 1))  # of Glorot's
    assert limit * 0.9 < np.abs(model.get_layer("logits").kernel.numpy()).max() <= limit
    assert not model.get_layer("dense_1").bias.numpy().any()
