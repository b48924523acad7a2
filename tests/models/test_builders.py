"""Every builder keeps the same promises on every kind of data: what CASES has a line for is tested."""

from functools import cache
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter

from dltrain.checkpoints.variables import structure_of
from dltrain.config.schema import ModelConfig
from dltrain.dataset_info import DATASET_INFO, DatasetInfo
from dltrain.devices.strategy import set_precision
from dltrain.models.build import BUILDERS, build_model, with_probabilities

EXAMPLES = 6
INFOS = {
    "image": DatasetInfo(
        name="image",
        modality="image",
        input_shape=(12, 12, 3),
        input_dtype="uint8",
        class_names=("a", "b", "c"),
        num_examples={},
        mean=(100.0, 110.0, 120.0),
        standard_deviation=(50.0, 60.0, 70.0),
    ),
    "digits": DATASET_INFO["digits"],
    "audio": DatasetInfo(
        name="audio",
        modality="audio",
        input_shape=(20, 8),
        input_dtype="float32",
        class_names=("a", "b", "c"),
        num_examples={},
    ),
    "text": DatasetInfo(
        name="text",
        modality="text",
        task="binary",
        input_shape=(24,),
        input_dtype="int32",
        class_names=("a", "b"),
        num_examples={},
        vocab_size=50,
    ),
    "table": DatasetInfo(
        name="table",
        modality="table",
        task="regression",
        input_shape=(5,),
        input_dtype="float32",
        num_examples={},
        mean=(1.0,) * 5,
        standard_deviation=(2.0,) * 5,
        target_mean=10.0,
        target_standard_deviation=3.0,
    ),
    "sequence": DatasetInfo(
        name="sequence",
        modality="sequence",
        task="binary",
        input_shape=(10, 2),
        input_dtype="float32",
        class_names=("a", "b"),
        num_examples={},
    ),
    "floats": DatasetInfo(
        name="floats",
        modality="image",
        task="regression",
        input_shape=(5, 5, 1),
        input_dtype="float32",
        num_examples={},
    ),
}
SMALL: dict[str, dict[str, Any]] = {  # what makes each family quick
    "mlp": {"hidden_units": (8,), "embedding": {"units": 6}},
    "cnn": {"filters": (3, 4), "embedding": {"units": 6}},
    "lstm": {"units": (4,), "embedding": {"units": 6}},
    "crnn": {"filters": (3, 4), "units": (4,), "embedding": {"units": 6}},
    "transformer": {"dim": 8, "depth": 1, "heads": 2, "embedding": {"units": 6}},
}


def model_config(name: str, **options: Any) -> ModelConfig:
    """A small model of a family with options."""
    return TypeAdapter(ModelConfig).validate_python(
        {"name": name, **SMALL.get(name, {}), **options}
    )


BOTH: dict[str, Any] = {"bidirectional": True, "pooling": "average_and_max"}
ALONE: dict[str, Any] = {"heads": 1, "mlp_ratio": 0, "norm": "none", "residual": False}
CASES: dict[str, tuple[str, ModelConfig]] = {
    "linear-table": ("table", model_config("linear", degree=2, initializer="uniform")),
    "linear-floats": ("floats", model_config("linear", initializer="glorot_uniform")),
    "mlp-image": ("image", model_config("mlp", norm="batch", dropout=0.2)),
    "mlp-linear": ("digits", model_config("mlp", hidden_units=())),
    "mlp-audio": ("audio", model_config("mlp", norm="layer", activation="silu")),
    "mlp-text": ("text", model_config("mlp", pooling="average_and_max")),
    "mlp-table": ("table", model_config("mlp", hidden_units=(8, 4), activation="gelu")),
    "cnn-image": (
        "image",
        model_config("cnn", residual=True, pool_after="first", head="average_and_max"),
    ),
    "cnn-digits": ("digits", model_config("cnn", norm="layer", hidden_units=(16,), dropout=0.1)),
    "cnn-audio": ("audio", model_config("cnn", kernel_size=2, head="average", padding="valid")),
    "cnn-audio-time": ("audio", model_config("cnn", audio_axes="time")),
    "cnn-text": ("text", model_config("cnn", norm="none", head="max")),
    "cnn-text-average": ("text", model_config("cnn", padding="valid", head="average")),
    "cnn-sequence": ("sequence", model_config("cnn", pool_size=(1, 3), norm="none")),
    "cnn-floats": ("floats", model_config("cnn", pool_size=(2, 1))),
    "lstm-rows": ("image", model_config("lstm")),
    "lstm-sweeps": ("digits", model_config("lstm", image_steps="sweeps", **BOTH)),
    "lstm-audio": ("audio", model_config("lstm", cell="gru", units=(4, 3), frames_per_step=3)),
    "lstm-text": ("text", model_config("lstm", cell="gru", bidirectional=True)),
    "lstm-text-segments": ("text", model_config("lstm", segment_length=8, pooling="max")),
    "lstm-sequence": ("sequence", model_config("lstm", units=(8, 8), activation="relu")),
    "crnn-image": ("image", model_config("crnn", dropout=0.1)),
    "crnn-audio": ("audio", model_config("crnn", cell="simple_rnn", pooling="average")),
    "crnn-text": ("text", model_config("crnn", norm="none", **BOTH)),
    "transformer-image": ("image", model_config("transformer", stochastic_depth=0.2)),
    "transformer-convolutions": (
        "digits",
        model_config("transformer", tokens="convolutions", pooling="attention", dropout=0.1),
    ),
    "transformer-audio": (
        "audio",
        model_config("transformer", positions="sinusoidal", norm="post", pooling="max"),
    ),
    "transformer-sequence": ("sequence", model_config("transformer", patch_size=1, **ALONE)),
    "transformer-text": ("text", model_config("transformer", patch_size=1, pooling="attention")),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    """The name of a case."""
    return str(request.param)


@cache
def built(name: str) -> keras.Model:
    """The model of a case, built once for all tests that do not mind what others did to it."""
    return build(name)


def build(name: str) -> keras.Model:
    """A new model of a case."""
    info, config = CASES[name]
    return build_model(config, INFOS[info])


def batch_of(info: DatasetInfo, count: int = EXAMPLES) -> np.ndarray:
    """Examples as they are stored; the first text has no padding, the others have."""
    random = np.random.default_rng(0)
    if info.modality == "text":
        words = random.integers(1, info.vocab_size, (count, *info.input_shape))
        lengths = np.linspace(info.input_shape[0], 5, count).astype(int)
        return np.where(np.arange(words.shape[1]) < lengths[:, None], words, 0).astype("int32")
    values = random.normal(info.mean, info.standard_deviation, (count, *info.input_shape))
    lowest = 0 if info.input_dtype == "uint8" else -np.inf
    return values.clip(lowest, 255).astype(info.input_dtype)


def examples_of(name: str) -> np.ndarray:
    """A batch for a case."""
    return batch_of(INFOS[CASES[name][0]])


def test_every_model_is_tested() -> None:
    """Config classes, builders and cases have the same names."""
    sections = get_args(get_args(ModelConfig)[0])
    names = [get_args(section.model_fields["name"].annotation)[0] for section in sections]
    assert names == list(BUILDERS)
    assert {config.name for _, config in CASES.values()} == set(BUILDERS)


def test_output(case: str) -> None:
    """Stored examples give finite float32 logits, one per class, or one number."""
    info, model = INFOS[CASES[case][0]], built(case)
    assert model.input.dtype == info.input_dtype
    logits = model(examples_of(case), training=False)
    assert (logits.shape, logits.dtype) == ((EXAMPLES, info.num_outputs), tf.float32)
    assert np.isfinite(logits.numpy()).all()


def test_named(case: str) -> None:
    """Only Keras's own layers and no Lambda; names and structure are the same in every process."""
    first, again = built(case), build(case)
    for layer in first.layers:
        assert type(layer).__module__.split(".")[0] == "keras"
        assert not isinstance(layer, keras.layers.Lambda)
    names = [operation.name for operation in first.operations]
    assert len(set(names)) == len(names)
    assert names == [operation.name for operation in again.operations]
    assert structure_of(first) == structure_of(again)


def loss_of(info: DatasetInfo, outputs: Any) -> Any:
    """The mean loss of a batch whose labels are known to be different."""
    if info.task == "multiclass":
        labels = np.arange(EXAMPLES) % info.num_classes
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, outputs)
    elif info.task == "binary":
        labels = (np.arange(EXAMPLES) % 2).astype("float32")[:, None]
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, outputs)
    else:
        labels = np.linspace(5, 15, EXAMPLES).astype("float32")[:, None]
        losses = tf.square(outputs - labels)
    return tf.reduce_mean(losses)


def test_learns(case: str) -> None:
    """Every weight gets a gradient, finite and not always zero, and twenty steps lower the loss."""
    keras.utils.set_random_seed(0)
    model, info = build(case), INFOS[CASES[case][0]]
    weights, batch = model.trainable_variables, tf.constant(examples_of(case))
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(weights)

    @tf.function(autograph=False)
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(info, model(batch, training=True))
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        sizes = [tf.reduce_max(tf.abs(tf.convert_to_tensor(each))) for each in gradients]
        optimizer.apply(gradients, weights)
        return loss, tf.stack(sizes)

    losses, sizes = zip(*(step() for _ in range(20)), strict=True)
    assert np.isfinite(sizes).all()
    largest = np.max(sizes, axis=0)
    assert [w.path for w, size in zip(weights, largest, strict=True) if size < 1e-7] == []
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_saved(case: str, tmp_path: Path) -> None:
    """Plain Keras reloads a model bit for bit, with probabilities or a number as its output."""
    info, batch = INFOS[CASES[case][0]], examples_of(case)
    whole = with_probabilities(built(case), info)
    whole.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    outputs = whole(batch, training=False).numpy()
    np.testing.assert_array_equal(again(batch, training=False).numpy(), outputs)
    assert outputs.dtype == np.float32
    if info.task != "regression":
        assert ((outputs >= 0.0) & (outputs <= 1.0)).all()


def test_bfloat16(case: str) -> None:
    """With layers that compute in bfloat16, weights and logits are float32 and about the same."""
    expected = built(case)(examples_of(case), training=False).numpy()
    set_precision("bfloat16")
    try:
        model = build(case)
    finally:
        set_precision("float32")
    for target, source in zip(model.variables, built(case).variables, strict=True):
        target.assign(source)
    assert {weight.dtype for weight in model.trainable_variables} == {"float32"}
    outputs = model(examples_of(case), training=False)
    assert outputs.dtype == tf.float32
    assert np.abs(outputs - expected).mean() < 0.05 * max(1.0, np.abs(expected).max())


def test_seed(case: str) -> None:
    """The same seed gives the same initial variables, random layers included; another does not."""
    drawn = []
    for seed in (3, 3, 4):
        keras.utils.set_random_seed(seed)
        drawn.append([variable.numpy() for variable in build(case).variables])
    for first, again in zip(drawn[0], drawn[1], strict=True):
        np.testing.assert_array_equal(first, again)
    assert any(not np.array_equal(a, b) for a, b in zip(drawn[0], drawn[2], strict=True))
