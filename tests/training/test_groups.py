"""Groups of variables with learning rates and decays of their own."""

from typing import Any

import numpy as np
import pytest

from dltrain.config.schema import ExperimentConfig
from dltrain.errors import UserError


def updated(optimizer: dict[str, Any], rate: float) -> dict[str, float]:
    """How far the first number of each variable, from 1, moves at a gradient of one."""
    import keras
    import tensorflow as tf

    from dltrain.training.optimizer import make_optimizer

    experiment = ExperimentConfig.model_validate(
        {"data": {"name": "digits"}, "model": {"name": "mlp"}, "optimizer": optimizer}
    )
    inputs = keras.Input((2,))
    hidden = keras.layers.BatchNormalization(name="norm")(
        keras.layers.Dense(2, name="dense_1")(inputs)
    )
    model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(hidden))
    for variable in model.trainable_variables:
        variable.assign(np.eye(*variable.shape) if len(variable.shape) > 1 else np.ones(2))
    gradients = [tf.constant(variable.numpy()) for variable in model.trainable_variables]
    make_optimizer(experiment.optimizer, model).apply(gradients, tf.constant(rate))
    return {
        variable.path: round(1.0 - float(variable.numpy().flat[0]), 5)
        for variable in model.trainable_variables
    }


def test_rates_of_groups(tensorflow: None) -> None:  # noqa: ARG001
    """Each group moves at its own rate, all by the same schedule; a group's decay reaches what else has none."""
    groups = {"norm": {"learning_rate": 3.0, "weight_decay": 0.5}, "head": {"learning_rate": 2.0}}
    moves = updated(
        {"name": "sgd", "learning_rate": 1.0, "momentum": 0, "weight_decay": 0.1, "groups": groups},
        rate=0.1,
    )
    assert moves == {
        "dense_1/kernel": pytest.approx(0.1 + 0.01 * 0.9, abs=2e-3),
        "dense_1/bias": 0.1,
        "norm/gamma": pytest.approx(0.3 + 0.15, abs=1e-4),
        "norm/beta": pytest.approx(0.3 + 0.15, abs=1e-4),
        "logits/kernel": pytest.approx(0.2 + 0.02, abs=1e-4),
        "logits/bias": 0.2,
    }


def test_muon_and_others(tensorflow: None) -> None:  # noqa: ARG001
    """Muon moves inner kernels by an orthogonal step; norms, biases and the output follow `others`, groups too."""
    moves = updated(
        {
            "name": "muon",
            "learning_rate": 0.2,
            "momentum": 0,
            "others": {"name": "sgd", "learning_rate": 0.1, "momentum": 0},
            "groups": {"head": {"learning_rate": 0.4}},
        },
        rate=0.1,
    )
    assert moves["dense_1/kernel"] == pytest.approx(0.1, rel=0.35)  # singular values of about one
    assert moves["dense_1/bias"] == moves["norm/beta"] == pytest.approx(0.05)
    assert moves["logits/kernel"] == moves["logits/bias"] == pytest.approx(0.2)


def test_empty_group(tensorflow: None) -> None:  # noqa: ARG001
    """A group that no variable belongs to is refused by name."""
    with pytest.raises(UserError, match=r"optimizer\.groups\.embedding: this model has no word"):
        updated({"name": "sgd", "groups": {"embedding": {"learning_rate": 0.1}}}, rate=0.1)
