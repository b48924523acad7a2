"""What stands between a config with its data and the first step, the same for all who train."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.load import load_text
from dltrain.data.dataset import load_dataset
from dltrain.devices.team import Team
from dltrain.errors import UserError
from dltrain.training.first_values import WHITENING
from dltrain.training.ready import make_ready

TEXT = """\
data: {name: digits, limit: 60, batch_size: 30, validation: 100}
model: {name: cnn, filters: [4], whitening: 2}
train: {precision: float32}
"""


def test_ready(tensorflow: None, tmp_path: Path) -> None:  # noqa: ARG001 - prepared, not used
    """Nothing is left to auto, first values come from the data, and the seed decides the rest."""
    wanted = load_text(TEXT, "x.yaml").experiment
    dataset, team = load_dataset(wanted.data, tmp_path), Team(tf.distribute.get_strategy())
    weights = []
    for _ in range(2):
        experiment, learner = make_ready(wanted, dataset, team)
        weights.append(learner.model.get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)
    train, data = experiment.train, experiment.data
    assert "auto" not in {data.resident, train.jit, train.steps_per_call, train.loss}
    kernel = learner.model.get_layer(WHITENING).kernel.numpy()
    half = kernel.shape[-1] // 2
    np.testing.assert_array_equal(kernel[..., half:], -kernel[..., :half])


def test_what_does_not_fit(tensorflow: None, tmp_path: Path) -> None:  # noqa: ARG001
    """What cannot be done with as many devices as there are is refused before a model is built."""
    experiment = load_text(TEXT, "x.yaml", ["train.jit=true", "model={name: mlp}"]).experiment
    dataset = load_dataset(experiment.data, tmp_path)
    two: Any = SimpleNamespace(num_replicas_in_sync=2)
    with pytest.raises(UserError, match=r"does not fit the devices .*\ntrain\.jit: "):
        make_ready(experiment, dataset, Team(two))
