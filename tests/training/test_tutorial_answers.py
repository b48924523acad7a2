"""The tutorials whose answer is known find it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltrain.config.load import load_config

FOLDER = Path(__file__).parents[2] / "configs" / "tutorials"


def _settings(name: str, **train: Any) -> dict[str, Any]:
    settings = load_config(FOLDER / f"{name}.yaml").experiment.model_dump(mode="json")
    settings["train"] |= train
    return settings


def _variables(path: Path) -> list[np.ndarray]:
    from dltrain.checkpoints import folder, store

    arrays = store.load(folder.in_folder(path / "checkpoints")[-1]).arrays
    return [arrays[key].astype(np.float64) for key in sorted(arrays) if key.startswith("model")]


def test_linear_regression_is_gradient_descent(train: Callable[..., Any], tmp_path: Path) -> None:
    """A thousand iterations of gradient descent end where those of NumPy do, near y = 2 x."""
    trained = train(tmp_path, _settings("linear_regression"))
    x, weight, bias = np.arange(1.0, 6.0), 0.0, 0.0
    for _ in range(1000):
        error = weight * x + bias - 2 * x
        weight, bias = weight - 0.01 * (error * x).mean(), bias - 0.01 * error.mean()
    assert trained.summary["formula"].startswith("y = 1.97")
    found = {array.size * array.ndim: array.item() for array in _variables(tmp_path)}
    assert found == pytest.approx({2: weight, 1: bias}, abs=1e-5)


def test_logistic_regression_separates(train: Callable[..., Any], tmp_path: Path) -> None:
    """With the square of its input, 1 and 2 are told from 3, 4 and 5."""
    trained = train(tmp_path, _settings("logistic_regression", epochs=1500))
    assert trained.summary["train"]["accuracy"] == 1.0


def test_xor_is_gradient_descent(train: Callable[..., Any], tmp_path: Path) -> None:
    """Three hundred steps on exclusive or are those of NumPy from the same beginning."""
    train(tmp_path / "one", _settings("xor", epochs=1))
    train(tmp_path / "many", _settings("xor", epochs=301))
    start, end = (_variables(tmp_path / name) for name in ("one", "many"))
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    w1, b1, w2, b2 = start
    for _ in range(300):
        hidden = 1 / (1 + np.exp(-(x @ w1 + b1)))
        output = 1 / (1 + np.exp(-(hidden @ w2 + b2)))
        slope = (output - y) * output * (1 - output)
        back = (slope @ w2.T) * hidden * (1 - hidden)
        w2, b2 = w2 - 0.1 * hidden.T @ slope, b2 - 0.1 * slope.sum(0)
        w1, b1 = w1 - 0.1 * x.T @ back, b1 - 0.1 * back.sum(0)
    for found, expected in zip(end, (w1, b1, w2, b2), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_nothing_is_learned_from_noise(train: Callable[..., Any], tmp_path: Path) -> None:
    """A network trained on random answers is said to be no better than a constant one."""
    trained = train(tmp_path, _settings("random_lstm", epochs=1, max_steps=10))
    assert trained.summary["better_than_baseline"] is False
