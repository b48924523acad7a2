"""Recurrent layers are such as cuDNN computes on a GPU, unless a config asks for others."""

import sys
from dataclasses import replace
from typing import Any

import keras
import pytest
from pydantic import TypeAdapter

from dltrain.config.schema import ModelConfig
from dltrain.dataset_info import DATASET_INFO
from dltrain.models.build import build_model
from dltrain.models.recurrent import _never_empty

WORDS = replace(DATASET_INFO["imdb"], input_shape=(6,), vocab_size=9)
IMAGES = DATASET_INFO["digits"]
CASES = [
    ({"name": "lstm"}, IMAGES, True),
    ({"name": "lstm", "cell": "gru", "bidirectional": True}, WORDS, True),
    ({"name": "lstm", "bidirectional": True, "segment_length": 3}, WORDS, True),
    ({"name": "lstm", "image_steps": "sweeps", "patch_size": 4}, IMAGES, True),
    ({"name": "crnn", "filters": (2,), "cell": "gru", "dropout": 0.5}, WORDS, True),
    ({"name": "lstm", "activation": "relu"}, IMAGES, False),
]


def takes_cudnn(layer: keras.layers.RNN) -> bool:
    """Keras's own conditions, but for the GPU."""
    keras_rnn = sys.modules["keras.src.backend.tensorflow.rnn"]
    facts = (layer.activation, layer.recurrent_activation, layer.unroll, layer.use_bias)
    if isinstance(layer, keras.layers.GRU):
        fits = keras_rnn._do_gru_arguments_support_cudnn(*facts, layer.reset_after)
    else:
        fits = keras_rnn._do_lstm_arguments_support_cudnn(*facts)
    return fits and not layer.recurrent_dropout and layer.use_cudnn == "auto"


@pytest.mark.parametrize(("config", "info", "expected"), CASES)
def test_taken(config: dict[str, Any], info: Any, expected: bool) -> None:
    """Both cells in every arrangement are computed by cuDNN; relu is not among its functions."""
    options = {"units": (2, 3), **config}
    model = build_model(TypeAdapter(ModelConfig).validate_python(options), info)
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.RNN)]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Bidirectional):
            layers += [layer.forward_layer, layer.backward_layer]
    assert len(layers) in {2, 4}
    assert {takes_cudnn(layer) for layer in layers} == {expected}


def test_no_sequence_is_empty() -> None:
    """The mask that Keras hands to cuDNN, which takes no empty sequence, has each first step."""
    mask = keras.ops.array([[False, False], [True, False], [True, True]])
    assert keras.ops.convert_to_numpy(_never_empty(mask)).tolist() == [
        [True, False],
        [True, False],
        [True, True],
    ]
