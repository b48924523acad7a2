"""What a training holds is what anyone else can rebuild."""

import json
from typing import Any

import numpy as np
import pytest

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "transformer": ("digits", {"name": "transformer", "dim": 8, "depth": 1, "heads": 2}),
    "gelu": ("digits", {"name": "cnn", "filters": [4], "activation": "gelu"}),
    "words": ("imdb", {"name": "transformer", "dim": 8, "depth": 1, "embedding": {"units": 8}}),
    "layer norm": ("digits", {"name": "mlp", "hidden_units": [4], "norm": "layer"}),
    "plain": ("digits", {"name": "mlp", "hidden_units": [4]}),
}


@pytest.mark.parametrize("ema", [None, 0.9])
@pytest.mark.parametrize("name", MODELS)
def test_structure(tensorflow: None, name: str, ema: float | None) -> None:  # noqa: ARG001
    """The digest in its checkpoints is of the model that `eval` builds, whatever trains quicker."""
    import keras
    import tensorflow as tf

    from dltrain.checkpoints.variables import structure_of
    from dltrain.config.load import load_text
    from dltrain.dataset_info import DATASET_INFO
    from dltrain.models.build import build_model
    from dltrain.training.learner import make_learner

    data, model = MODELS[name]
    settings = {
        "data": {"name": data},
        "model": model,
        "train": {"ema": ema, "precision": "float32"},
    }
    experiment = load_text(json.dumps(settings), "test.yaml").experiment
    info = DATASET_INFO[data]
    keras.utils.set_random_seed(0)
    learner = make_learner(experiment, info, tf.distribute.get_strategy())
    again = build_model(experiment.model, info)
    assert learner.structure == structure_of(again)
    is_quick = structure_of(learner.model) != learner.structure
    assert is_quick == (name != "plain")
    shapes = [[weight.shape for weight in each.weights] for each in (learner.model, again)]
    assert shapes[0] == shapes[1]


def test_structure_changes_no_weight(tensorflow: None) -> None:  # noqa: ARG001
    """The plain model that is built for the digest draws nothing that the trained one needs."""
    import keras
    import tensorflow as tf

    from dltrain.config.load import load_text
    from dltrain.dataset_info import DATASET_INFO
    from dltrain.models.build import build_model
    from dltrain.training.learner import make_learner

    data, model = MODELS["transformer"]
    settings = {"data": {"name": data}, "model": model}
    experiment = load_text(json.dumps(settings), "test.yaml").experiment
    keras.utils.set_random_seed(0)
    trained = make_learner(experiment, DATASET_INFO[data], tf.distribute.get_strategy()).model
    keras.utils.set_random_seed(0)
    plain = build_model(experiment.model, DATASET_INFO[data])
    for mine, theirs in zip(trained.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
