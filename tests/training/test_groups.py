"""Groups of variables with learning rates and decays of their own."""

from typing import Any

import numpy as np
import pytest

from dltrain.config.dataset_facts import info_of
from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.config.variable_groups import groups_of
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


IMAGES, TEXTS = "{name: digits}", "{name: imdb, sequence_length: 12, vocab_size: 9}"
SOUNDS = "{name: speech_commands, synthetic: true}"
MODELS = [
    (IMAGES, "{name: linear}"),
    (IMAGES, "{name: mlp, hidden_units: [3]}"),
    (IMAGES, "{name: mlp, hidden_units: [3], norm: layer}"),
    (TEXTS, "{name: mlp, hidden_units: [], embedding: {naive_bayes: true}}"),
    (IMAGES, "{name: cnn, filters: [3], residual: true, whitening: 2, norm_scale: false}"),
    (IMAGES, "{name: cnn, filters: [3], hidden_units: [3]}"),
    (TEXTS, "{name: cnn, filters: [3], norm: none}"),
    (IMAGES, "{name: lstm, units: [3], bidirectional: true}"),
    (TEXTS, "{name: lstm, units: [3], cell: gru}"),
    (IMAGES, "{name: crnn, filters: [3], units: [3], cell: simple_rnn}"),
    (SOUNDS, "{name: crnn, filters: [3], units: [3], norm: none}"),
    (IMAGES, "{name: transformer, dim: 4, depth: 1}"),
    (IMAGES, "{name: transformer, dim: 4, depth: 1, positions: none, norm: none, mlp_ratio: 0}"),
    (TEXTS, "{name: transformer, dim: 4, depth: 1, patch_size: 1, positions: sinusoidal}"),
    (SOUNDS, "{name: transformer, dim: 4, depth: 1, norm: post, tokens: convolutions}"),
]


@pytest.mark.parametrize(("data", "model"), MODELS)
def test_groups_of_every_family(tensorflow: None, data: str, model: str) -> None:  # noqa: ARG001
    """What a config says of a model's groups is what its variables say once it is built."""
    from dltrain.models.build import build_model
    from dltrain.training.variable_groups import group_of

    experiment = load_text(f"data: {data}\nmodel: {model}\n", "x.yaml").experiment
    info = info_of(experiment.data)
    built = build_model(experiment.model, info)
    found = {group_of(variable) for variable in built.trainable_variables}
    assert groups_of(experiment.model, info) == found
