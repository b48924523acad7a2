"""What models make of sequences and of images whose values are no pixels."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from dltrain.config.schema import ModelConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.build import build_model

SEQUENCE = DatasetInfo(
    name="sequence",
    modality="sequence",
    task="regression",
    input_shape=(5, 1),
    input_dtype="float32",
    num_examples={},
)
IMAGE = replace(SEQUENCE, name="image", modality="image", input_shape=(4, 4, 1))
SMALL: dict[str, dict[str, Any]] = {
    "linear": {"degree": 2},
    "mlp": {"hidden_units": (3,)},
    "cnn": {"filters": (2,)},
    "lstm": {"units": (2,)},
    "crnn": {"filters": (2,), "units": (2,)},
    "transformer": {"dim": 4, "depth": 1},
}


def model_of(info: DatasetInfo, name: str, **options: Any) -> keras.Model:
    """A small model with options."""
    keras.utils.set_random_seed(0)
    options = {"name": name, **SMALL[name], **options}
    return build_model(TypeAdapter(ModelConfig).validate_python(options), info)


@pytest.mark.parametrize("info", [SEQUENCE, IMAGE], ids=["sequence", "image"])
@pytest.mark.parametrize("name", SMALL)
def test_own_units(name: str, info: DatasetInfo) -> None:
    """Every family takes numbers as they are and gives them so, with no scaling layer around it."""
    model = model_of(info, name, **({"image_steps": "sweeps"} if name == "lstm" else {}))
    batch = np.random.default_rng(0).normal(size=(3, *info.input_shape)).astype("float32")
    outputs = np.asarray(model(batch))
    assert (outputs.shape, outputs.dtype) == ((3, 1), np.float32)
    assert np.isfinite(outputs).all()
    assert not [layer for layer in model.layers if isinstance(layer, keras.layers.Rescaling)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mean": (1.0,)}, ["normalise"]),
        ({"standard_deviation": (2.0,)}, ["normalise"]),
        ({"input_dtype": "uint8", "modality": "image"}, ["normalise"]),
        ({"modality": "audio"}, ["normalise"]),
        ({"target_mean": 1.0}, ["in_label_units"]),
        ({"target_standard_deviation": 2.0}, ["in_label_units"]),
    ],
)
def test_scaled(changes: dict[str, Any], expected: list[str]) -> None:
    """Pixels and sound always pass a scaling layer; other numbers where there is something to scale."""
    model = model_of(replace(SEQUENCE, **changes), "mlp")
    scaling = [each.name for each in model.layers if isinstance(each, keras.layers.Rescaling)]
    assert scaling == expected


def test_steps() -> None:
    """Convolutions and tokens go along the steps of a sequence, whose features are channels."""
    info = replace(SEQUENCE, input_shape=(8, 3))
    assert model_of(info, "cnn").get_layer("stage_1_conv_1").kernel.shape == (3, 3, 2)
    assert model_of(info, "crnn").get_layer("stage_1_conv_1").kernel.shape == (3, 3, 2)
    assert model_of(info, "transformer").get_layer("patches").output.shape == (None, 2, 4)
    assert model_of(info, "lstm", frames_per_step=4).get_layer("recurrent_1").input.shape[1] == 8


def test_stacked_relu() -> None:
    """Two LSTM layers with ReLU on sequences of five numbers have the weights counted by hand."""
    model = model_of(SEQUENCE, "lstm", units=(32, 32), activation="relu")
    assert model.count_params() == 4 * 32 * (1 + 32 + 1) + 4 * 32 * (32 + 32 + 1) + 33


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_activation(cell: str) -> None:
    """ReLU replaces tanh in every cell, in both directions; the gates stay sigmoids."""
    model = model_of(SEQUENCE, "lstm", cell=cell, activation="relu", bidirectional=True)
    both = model.get_layer("recurrent_1")
    for layer in (both.forward_layer, both.backward_layer):
        assert layer.activation is keras.activations.relu
        if cell != "simple_rnn":
            assert layer.recurrent_activation is keras.activations.sigmoid


def test_activation_of_convolutions() -> None:
    """The activation of convolutions before recurrent layers is not that of the cells."""
    model = model_of(SEQUENCE, "crnn", activation="relu")
    assert model.get_layer("recurrent_1").activation is keras.activations.tanh


def test_pool_sizes() -> None:
    """With a pool size per stage each divides by its own; 1 has no pooling layer."""
    info = replace(IMAGE, input_shape=(5, 5, 1))
    model = model_of(info, "cnn", filters=(2, 3), pool_size=(2, 1))
    assert model.get_layer("flatten").input.shape == (None, 2, 2, 3)
    pools = [each.name for each in model.layers if isinstance(each, keras.layers.MaxPooling2D)]
    assert pools == ["stage_1_pool"]


def test_attention_alone() -> None:
    """A block can be stripped to self-attention: no norm, no addition, no hidden layer."""
    options = {"heads": 1, "mlp_ratio": 0, "norm": "none", "residual": False}
    model = model_of(SEQUENCE, "transformer", patch_size=1, positions="sinusoidal", **options)
    parts = [f"block_1_attention_{part}" for part in ("query", "key", "value", "output")]
    names = {"inputs", "patches", "positions", *parts, "average", "number"}
    assert {layer.name for layer in model.layers if "operation" not in layer.name} == names


def test_no_norm() -> None:
    """Without norms the additions and the hidden layer are still there, and the other way round."""
    without = model_of(SEQUENCE, "transformer", norm="none")
    names = {layer.name for layer in without.layers}
    assert {"block_1_attention_add", "block_1_mlp_hidden", "block_1_mlp_add"} <= names
    assert not any(name.endswith("norm") for name in names)
    names = {layer.name for layer in model_of(SEQUENCE, "transformer", residual=False).layers}
    assert {"block_1_attention_norm", "block_1_mlp_norm", "norm"} <= names
    assert not any(name.endswith("add") for name in names)
