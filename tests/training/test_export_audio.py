"""`model.keras` of recordings takes waveforms, and needs no dltrain."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.dataset_facts import info_of
from dltrain.config.load import load_text
from dltrain.data.audio import compute_features, with_statistics
from dltrain.data.synthetic_audio import generate_audio
from dltrain.evaluation.predict import Predictor
from dltrain.models.build import build_model
from dltrain.training.export import export_model


@pytest.mark.parametrize("features", [{"name": "log_mel"}, {"name": "mfcc", "coefficients": 10}])
def test_same_probabilities(features: dict[str, Any], tmp_path: Path) -> None:
    """Plain Keras gives for a waveform what our prediction gives for its cached features."""
    settings = {
        "data": {"name": "speech_commands", "synthetic": True, "features": features},
        "model": {"name": "mlp", "hidden_units": [8]},
    }
    experiment = load_text(json.dumps(settings), "test.yaml").experiment
    info = replace(info_of(experiment.data), num_examples={"train": 30, "test": 30})
    stored = generate_audio(info)
    examples = compute_features(experiment.data, info, stored, "").examples
    info = with_statistics(info, examples, np.arange(30), None)
    model = build_model(experiment.model, info)
    export_model(tmp_path / "model.keras", experiment, info, model)

    predictor = Predictor(model, tf.distribute.get_strategy())
    logits = predictor.outputs(examples["test"], np.arange(30))
    expected = tf.nn.softmax(tf.cast(logits, tf.float64)).numpy()
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    assert reloaded.input_shape == (None, 16_000)
    waveforms = stored["test"]["waveforms"].astype(np.float32) / 32_768
    probabilities = reloaded.predict(waveforms, verbose=0)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    assert probabilities.std() > 0.01  # not all alike
