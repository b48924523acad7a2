"""Every builder keeps the same promises, with every option and on every dataset."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.checkpoints.variables import structure_of
from dltrain.config.schema import CNNConfig, DistributionConfig, MLPConfig, ModelConfig
from dltrain.dataset_info import DATASET_INFO, DatasetInfo
from dltrain.devices.strategy import make_strategy, set_precision
from dltrain.models.build import BUILDERS, build_model, with_probabilities

Config = MLPConfig | CNNConfig


def mlp(**options: Any) -> MLPConfig:
    """A small network with options."""
    return MLPConfig(name="mlp", **{"hidden_units": (8,), **options})


def cnn(**options: Any) -> CNNConfig:
    """A small network with options."""
    return CNNConfig(name="cnn", **{"filters": (3, 4), "batch_norm": False, **options})


# Parameters on digits (64 pixels) and MNIST (784 pixels), counted by hand:
# dense n -> m has n*m + m, a 3x3 convolution of n to m channels 9*n*m + m, batch norm of m
# channels 4*m and no bias before it.
CONFIGS: dict[str, tuple[Config, dict[str, int]]] = {
    "mlp": (mlp(), {"digits": 610, "mnist": 6370}),
    "mlp-linear": (mlp(hidden_units=()), {"digits": 650, "mnist": 7850}),
    "mlp-deep": (mlp(hidden_units=(8, 4), activation="gelu"), {"digits": 606, "mnist": 6366}),
    "mlp-norm-dropout": (mlp(batch_norm=True, dropout=0.2), {"digits": 634, "mnist": 6394}),
    "cnn": (cnn(), {"digits": 312, "mnist": 2112}),
    "cnn-norm": (cnn(batch_norm=True), {"digits": 333, "mnist": 2133}),
    "cnn-average": (cnn(head="average"), {"digits": 192, "mnist": 192}),
    "cnn-max-deep": (
        cnn(head="max", convolutions_per_stage=2, activation="silu"),
        {"digits": 424, "mnist": 424},
    ),
    "cnn-valid": (cnn(padding="valid", pool_size=1), {"digits": 792, "mnist": 23192}),
    "cnn-hidden-dropout": (
        cnn(hidden_units=(6,), dropout=0.2),
        {"digits": 314, "mnist": 1394},
    ),
}
CASES = [(config, name) for config in CONFIGS for name in DATASET_INFO]


@pytest.fixture(params=CASES, ids="-".join)
def case(request: pytest.FixtureRequest) -> tuple[Config, DatasetInfo]:
    """A model config and the data it is for."""
    config, name = request.param
    return CONFIGS[config][0], DATASET_INFO[name]


@pytest.fixture
def bfloat16() -> Iterator[None]:
    """The layers compute in bfloat16 for one test."""
    set_precision("bfloat16")
    yield
    set_precision("float32")


def batch_of(info: DatasetInfo, count: int = 12) -> np.ndarray:
    """Examples as they are stored, each with a random brightness of its own."""
    random, spread = np.random.default_rng(0), info.standard_deviation
    brightness = random.normal(info.mean, spread, (count, *[1] * len(info.input_shape)))
    values = brightness + random.normal(0.0, spread, (count, *info.input_shape))
    return values.clip(0, 255).astype(info.input_dtype)


def test_names() -> None:
    """Config classes and builders have the same names, and every builder is tested here."""
    sections = get_args(get_args(ModelConfig)[0])
    names = [get_args(section.model_fields["name"].annotation)[0] for section in sections]
    assert names == list(BUILDERS)
    assert {config.name for config, _ in CONFIGS.values()} == set(BUILDERS)


def assert_takes_examples(case: tuple[Config, DatasetInfo], policy: str) -> None:
    """Stored uint8 examples give finite float32 logits."""
    model = build_model(*case)
    assert model.input_shape == (None, *case[1].input_shape)
    assert model.input.dtype == case[1].input_dtype
    assert model.output_shape == (None, case[1].num_classes)
    logits = model(batch_of(case[1], 5), training=False)
    assert (logits.shape, logits.dtype) == ((5, case[1].num_classes), tf.float32)
    assert np.isfinite(logits.numpy()).all()
    assert {layer.dtype_policy.name for layer in model.layers[1:-1]} == {policy}
    assert {str(weight.dtype) for weight in model.trainable_variables} == {"float32"}


def test_output(case: tuple[Config, DatasetInfo]) -> None:
    """A model takes stored examples and gives float32 logits."""
    assert_takes_examples(case, "float32")


@pytest.mark.usefixtures("bfloat16")
def test_output_in_bfloat16(case: tuple[Config, DatasetInfo]) -> None:
    """Logits and weights are float32 also where the layers compute in bfloat16."""
    assert_takes_examples(case, "mixed_bfloat16")


def test_any_batch(case: tuple[Config, DatasetInfo]) -> None:
    """A compiled call takes any number of examples; each example's logits are its own."""
    model = build_model(*case)
    specification = tf.TensorSpec((None, *case[1].input_shape), tf.uint8)
    call = tf.function(lambda inputs: model(inputs, training=False), [specification])
    batch = batch_of(case[1])
    whole = call(tf.constant(batch)).numpy()
    for count in (1, 7):
        np.testing.assert_allclose(call(tf.constant(batch[:count])), whole[:count], atol=1e-5)


def assert_learns(model: keras.Model, info: DatasetInfo) -> None:
    """Every weight gets a gradient, and twenty steps on one batch lower the loss."""
    batch, labels = batch_of(info), np.arange(12) % info.num_classes
    optimizer = keras.optimizers.Adam(0.02)
    losses, moved = [], {weight.path: False for weight in model.trainable_variables}
    for _ in range(20):
        with tf.GradientTape() as tape:
            logits = model(batch, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        gradients = tape.gradient(loss, [weight.value for weight in model.trainable_variables])
        for weight, gradient in zip(model.trainable_variables, gradients, strict=True):
            assert gradient is not None, weight.path
            moved[weight.path] |= bool(np.any(gradient.numpy()))
        optimizer.apply(gradients, model.trainable_variables)
        losses.append(float(loss))
    assert [path for path, has_moved in moved.items() if not has_moved] == []
    assert np.mean(losses[-3:]) < 0.95 * np.mean(losses[:3])


def test_learns(case: tuple[Config, DatasetInfo]) -> None:
    """Every model learns."""
    keras.utils.set_random_seed(0)
    assert_learns(build_model(*case), case[1])


@pytest.mark.parametrize("config", ["mlp-norm-dropout", "cnn-norm"])
@pytest.mark.usefixtures("bfloat16")
def test_learns_in_bfloat16(config: str) -> None:
    """So does a model whose layers compute in bfloat16."""
    keras.utils.set_random_seed(0)
    info = DATASET_INFO["digits"]
    assert_learns(build_model(CONFIGS[config][0], info), info)


@pytest.mark.parametrize("name", DATASET_INFO)
@pytest.mark.parametrize("config", CONFIGS)
def test_parameters(config: str, name: str) -> None:
    """A builder's parameters are those counted by hand."""
    model = build_model(CONFIGS[config][0], DATASET_INFO[name])
    assert model.count_params() == CONFIGS[config][1][name]


def test_plain_layers(case: tuple[Config, DatasetInfo]) -> None:
    """Only Keras's own layers and no Lambda, each named by the builder, so that plain Keras loads it."""
    again, first = build_model(*case), build_model(*case)
    for layer in with_probabilities(first).layers:
        assert type(layer).__module__.split(".")[0] == "keras"
        assert not isinstance(layer, keras.layers.Lambda)
    assert [layer.name for layer in first.layers] == [layer.name for layer in again.layers]


def test_structure(case: tuple[Config, DatasetInfo]) -> None:
    """A model's structure does not depend on how many models the process has built before."""
    assert structure_of(build_model(*case)) == structure_of(build_model(*case))


def test_structures_differ() -> None:
    """No two configs have one structure, nor has one config on two datasets."""
    structures = {
        structure_of(build_model(config, info))
        for config, _ in CONFIGS.values()
        for info in DATASET_INFO.values()
    }
    assert len(structures) == len(CASES)


def test_seed(case: tuple[Config, DatasetInfo]) -> None:
    """The same seed gives the same initial variables, random layers included; another does not."""
    drawn = []
    for seed in (3, 3, 4):
        keras.utils.set_random_seed(seed)
        drawn.append([variable.numpy() for variable in build_model(*case).variables])
    for first, again in zip(drawn[0], drawn[1], strict=True):
        np.testing.assert_array_equal(first, again)
    assert any(not np.array_equal(a, b) for a, b in zip(drawn[0], drawn[2], strict=True))


def test_saved(case: tuple[Config, DatasetInfo], tmp_path: Path) -> None:
    """`with_probabilities` adds a softmax, and plain Keras reloads it bit for bit."""
    model = build_model(*case)
    whole, batch = with_probabilities(model), batch_of(case[1])
    path = tmp_path / "model.keras"
    whole.save(path)
    again = keras.models.load_model(path)
    probabilities = whole(batch, training=False).numpy()
    np.testing.assert_array_equal(again(batch, training=False).numpy(), probabilities)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    logits = model(batch, training=False)
    np.testing.assert_array_equal(tf.nn.softmax(logits).numpy(), probabilities)


def test_normalised() -> None:
    """Inputs are brought to mean 0 and standard deviation 1 by the facts of DatasetInfo."""
    info = DATASET_INFO["mnist"]
    layer = build_model(mlp(), info).get_layer("normalise")
    values = layer(np.array([info.mean, info.mean + info.standard_deviation]))
    np.testing.assert_allclose(values, [0.0, 1.0], atol=1e-5)


def test_dropout_only_in_training() -> None:
    """Dropout draws anew in every training call and does nothing otherwise."""
    info = DATASET_INFO["digits"]
    for config in (mlp(dropout=0.5), cnn(dropout=0.5)):
        model, batch = build_model(config, info), batch_of(info)
        trained = [model(batch, training=True).numpy() for _ in range(2)]
        judged = [model(batch, training=False).numpy() for _ in range(2)]
        assert not np.array_equal(*trained)
        np.testing.assert_array_equal(*judged)


@pytest.mark.parametrize("replicas", [1, 2])
@pytest.mark.parametrize("config", [mlp(batch_norm=True), cnn(batch_norm=True)], ids=["mlp", "cnn"])
def test_synchronized(config: Config, replicas: int) -> None:
    """Batch norm is synchronized exactly where several replicas share the batch."""
    strategy = make_strategy(DistributionConfig(replicas=replicas))
    assert strategy.num_replicas_in_sync == replicas
    with strategy.scope():
        model = build_model(config, DATASET_INFO["digits"])
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert norms
    assert {norm.synchronized for norm in norms} == {replicas > 1}
    assert structure_of(model) == structure_of(build_model(config, DATASET_INFO["digits"]))
