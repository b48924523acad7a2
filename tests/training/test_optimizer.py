"""Every optimizer against its published update, written down in a few lines of NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dltrain.config.schema import ExperimentConfig

Update = Callable[[Any, Any, float], Any]
EPSILON = 1e-3  # large enough to tell where it is added
RATES = (0.1, 0.05, 0.2)
DECAY = np.array([0.5, 0.0])  # the bias never decays


def sgd(momentum: float = 0.0, *, nesterov: bool = False) -> Update:
    """Momentum as in Sutskever et al. 2013, with the rate inside the velocity."""
    velocity = np.zeros(2)

    def update(weights: Any, gradient: Any, rate: float) -> Any:
        nonlocal velocity
        velocity = momentum * velocity - rate * gradient
        return weights + (momentum * velocity - rate * gradient if nesterov else velocity)

    return update


def adam(decay: Any = 0.0) -> Update:
    """Kingma and Ba 2015, end of section 2; the decay is Loshchilov and Hutter's of 2019."""
    count, mean, square = 0, np.zeros(2), np.zeros(2)

    def update(weights: Any, gradient: Any, rate: float) -> Any:
        nonlocal count, mean, square
        count += 1
        mean = 0.8 * mean + 0.2 * gradient
        square = 0.95 * square + 0.05 * gradient**2
        size = rate * np.sqrt(1 - 0.95**count) / (1 - 0.8**count)
        return weights - rate * decay * weights - size * mean / (np.sqrt(square) + EPSILON)

    return update


def rmsprop(momentum: float = 0.0, *, centered: bool = False) -> Update:
    """Hinton 2012, lecture 6e; centered as in Graves 2013."""
    mean, square, velocity = np.zeros(2), np.zeros(2), np.zeros(2)

    def update(weights: Any, gradient: Any, rate: float) -> Any:
        nonlocal mean, square, velocity
        mean = 0.7 * mean + 0.3 * gradient
        square = 0.7 * square + 0.3 * gradient**2
        spread = square - mean**2 if centered else square
        velocity = momentum * velocity + rate * gradient / np.sqrt(spread + EPSILON)
        return weights - velocity

    return update


def adagrad() -> Update:
    """Duchi et al. 2011."""
    total = np.full(2, 0.25)

    def update(weights: Any, gradient: Any, rate: float) -> Any:
        nonlocal total
        total = total + gradient**2
        return weights - rate * gradient / np.sqrt(total + EPSILON)

    return update


ADAM = {"beta_1": 0.8, "beta_2": 0.95, "epsilon": EPSILON}
RMSPROP = {"name": "rmsprop", "rho": 0.7, "epsilon": EPSILON}
CASES: dict[str, tuple[dict[str, Any], Callable[[], Update]]] = {
    "sgd": ({"name": "sgd", "momentum": 0.0}, sgd),
    "momentum": ({"name": "sgd", "momentum": 0.8}, lambda: sgd(0.8)),
    "nesterov": (
        {"name": "sgd", "momentum": 0.8, "nesterov": True},
        lambda: sgd(0.8, nesterov=True),
    ),
    "adam": ({"name": "adam", **ADAM}, adam),
    "adamw": ({"name": "adamw", "weight_decay": 0.5, **ADAM}, lambda: adam(DECAY)),
    "rmsprop": (RMSPROP, rmsprop),
    "rmsprop, momentum": ({**RMSPROP, "momentum": 0.6}, lambda: rmsprop(0.6)),
    "rmsprop, centered": ({**RMSPROP, "centered": True}, lambda: rmsprop(centered=True)),
    "adagrad": ({"name": "adagrad", "initial_accumulator": 0.25, "epsilon": EPSILON}, adagrad),
}


@pytest.mark.parametrize("case", CASES)
def test_three_updates(tensorflow: None, case: str) -> None:  # noqa: ARG001 - prepared, not used
    """On (w + 2 b - 1)^2 + b^2 from (2, 1), the weights after each of three updates are NumPy's."""
    import keras
    import tensorflow as tf

    from dltrain.training.optimizer import make_optimizer

    settings, reference = CASES[case]
    experiment = ExperimentConfig.model_validate(
        {"data": {"name": "digits"}, "model": {"name": "mlp"}, "optimizer": settings}
    )
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1, dtype="float32")(inputs))
    kernel, bias = model.trainable_variables
    kernel.assign([[2.0]])
    bias.assign([1.0])
    optimizer, update = make_optimizer(experiment.optimizer, model), reference()
    weights = np.array([2.0, 1.0])
    for rate in RATES:
        error = 2 * (weights[0] + 2 * weights[1] - 1)
        gradient = np.array([error, 2 * error + 2 * weights[1]])

        optimizer.apply(
            [gradient[:1, np.newaxis].astype("f4"), gradient[1:].astype("f4")], tf.constant(rate)
        )
        weights = update(weights, gradient, rate)
        found = [float(kernel.numpy()[0, 0]), float(bias.numpy()[0])]
        assert found == pytest.approx(weights, rel=1e-5)
