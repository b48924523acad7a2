"""What single options of the models mean."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from dltrain.checkpoints.variables import structure_of
from dltrain.config.schema import DistributionConfig, ModelConfig
from dltrain.config.schema.models import EmbeddingConfig
from dltrain.dataset_info import DATASET_INFO, DatasetInfo
from dltrain.devices.strategy import make_strategy
from dltrain.models.build import build_model
from dltrain.models.lstm import _patches
from dltrain.models.text import embedded
from dltrain.models.tokens import sinusoids

DIGITS = DATASET_INFO["digits"]
SOUND = replace(DATASET_INFO["speech_commands"], input_shape=(11, 4))
TEXT = replace(DATASET_INFO["imdb"], input_shape=(16,), vocab_size=30)
WORDS = np.random.default_rng(0).integers(1, 30, (3, 16), dtype="int32")
PADDED = np.where(np.arange(16) < np.array([[12], [8], [3]]), WORDS, 0)


def model_of(info: DatasetInfo, name: str, **options: Any) -> keras.Model:
    """A model with options; each call with the same draws the same weights."""
    keras.utils.set_random_seed(0)
    options = {"name": name, "embedding": {"units": 4}, **options}
    options = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
    return build_model(TypeAdapter(ModelConfig).validate_python(options), info)


def outputs(model: keras.Model, inputs: Any, *, training: bool = False) -> np.ndarray:
    """The outputs of a direct call."""
    return np.asarray(model(inputs, training=training))


def twice(info: DatasetInfo, length: int, name: str, **options: Any) -> tuple[keras.Model, ...]:
    """The same model with the same weights for two lengths of text."""
    first = model_of(info, name, **options)
    second = model_of(replace(info, input_shape=(length,)), name, **options)
    for target, source in zip(second.variables, first.variables, strict=True):
        target.assign(source)
    return first, second


PARAMETERS: list[tuple[DatasetInfo, str, dict[str, Any], int]] = [
    # dense n -> m has n*m + m; a 3x3 convolution 9*n*m + m; batch norm 4*m and no bias before it
    (DIGITS, "mlp", {"hidden_units": [8]}, 64 * 8 + 8 + 8 * 10 + 10),
    (TEXT, "mlp", {"hidden_units": []}, 30 * 4 + 4 + 1),
    (DIGITS, "cnn", {"filters": [3, 4]}, 27 + 12 + 108 + 16 + 2 * 2 * 4 * 10 + 10),
    (DIGITS, "lstm", {"units": [5]}, 4 * 5 * (8 + 5 + 1) + 5 * 10 + 10),
    (DIGITS, "lstm", {"units": [5], "cell": "gru"}, 3 * 5 * (8 + 5 + 2) + 5 * 10 + 10),
    (
        DIGITS,
        "lstm",
        {"units": [5], "image_steps": "sweeps"},
        4 * 5 * (16 + 5 + 1) + 4 * 5 * (5 + 5 + 1) + 60,
    ),
    (
        DIGITS,
        "transformer",  # patches, 4 positions, attention, a hidden layer twice as wide, 3 norms
        {"dim": 8, "heads": 2, "depth": 1},
        16 * 8 + 8 + 32 + 4 * 64 + (8 * 16 + 16 + 16 * 8 + 8) + 3 * 16 + 90,
    ),
]


@pytest.mark.parametrize(("info", "name", "options", "expected"), PARAMETERS)
def test_parameters(info: DatasetInfo, name: str, options: dict[str, Any], expected: int) -> None:
    """A model's parameters are those counted by hand."""
    model = model_of(info, name, **options)
    weights = [weight for weight in model.weights if "seed_generator" not in weight.path]
    assert sum(int(np.prod(weight.shape)) for weight in weights) == expected


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mlp", {"pooling": "average_and_max"}),
        ("mlp", {"pooling": "sum"}),
        ("cnn", {"filters": [3, 4], "head": "max", "activation": "gelu", "residual": True}),
        ("cnn", {"filters": [3, 4], "head": "average"}),
        ("lstm", {"units": [3, 3]}),
        ("lstm", {"units": [3, 3], "bidirectional": True}),
        ("lstm", {"units": [3], "bidirectional": True, "pooling": "average_and_max"}),
        ("lstm", {"units": [3], "segment_length": 4, "bidirectional": True, "pooling": "max"}),
        ("crnn", {"filters": [3], "units": [3], "bidirectional": True}),
        ("transformer", {"patch_size": 1, "positions": "sinusoidal", "pooling": "max"}),
        ("transformer", {"patch_size": 1, "positions": "none", "pooling": "attention"}),
        ("transformer", {"patch_size": 4, "positions": "none"}),
        ("transformer", {"tokens": "convolutions", "positions": "none"}),
    ],
)
def test_padding(name: str, options: dict[str, Any]) -> None:
    """A text gives the same with more padding behind it."""
    short, long = twice(TEXT, 24, name, **options)
    longer = np.pad(PADDED, ((0, 0), (0, 8)))
    np.testing.assert_allclose(outputs(short, PADDED), outputs(long, longer), atol=1e-6)


def test_segments() -> None:
    """Each segment is read from a fresh state: a word changes nothing outside of its own."""
    options = {"units": [3], "pooling": "last"}
    cut, whole = (
        model_of(TEXT, "lstm", segment_length=8, **options),
        model_of(TEXT, "lstm", **options),
    )
    other = WORDS.copy()
    other[:, 0] = other[:, 0] % 29 + 1
    np.testing.assert_array_equal(outputs(cut, WORDS), outputs(cut, other))
    assert not np.array_equal(outputs(whole, WORDS), outputs(whole, other))


def test_one_segment() -> None:
    """A text that fits into one segment gives what it gives without segments."""
    short, long = twice(
        replace(TEXT, input_shape=(8,)), 24, "lstm", segment_length=8, pooling="max"
    )
    words = WORDS[:, :8]
    longer = np.pad(words, ((0, 0), (0, 16)))
    np.testing.assert_allclose(outputs(short, words), outputs(long, longer), atol=1e-6)


def test_embedding_dropout() -> None:
    """Dropout of the embedding takes the same columns from every word of a text."""
    words = keras.Input((16,), dtype="int32")
    config = EmbeddingConfig(units=40, dropout=0.5)
    model = keras.Model(words, embedded(config, words, TEXT)[0])
    is_zero = outputs(model, WORDS, training=True) == 0.0
    assert (is_zero.all(axis=1) == is_zero.any(axis=1)).all()
    assert 0.2 < is_zero.mean() < 0.8
    assert not np.array_equal(is_zero[0], is_zero[1])


def test_naive_bayes() -> None:
    """The sum of a text's vectors, each times its word's own fixed number; padding adds nothing."""
    options = {"hidden_units": [], "pooling": "sum"}
    model = model_of(TEXT, "mlp", **options, embedding={"units": 4, "naive_bayes": True})
    ratios = np.linspace(-1.0, 1.0, 30, dtype="float32")[:, None]
    model.get_layer("naive_bayes").set_weights([ratios])
    vectors, kernel, bias = (variable.numpy() for variable in model.trainable_variables)
    expected = [(vectors * ratios)[row[row > 0]].sum(axis=0) @ kernel + bias for row in PADDED]
    np.testing.assert_allclose(outputs(model, PADDED), expected, atol=1e-5)


def test_frames_per_step() -> None:
    """Frames are read by twos; one that is left over is not read."""
    model = model_of(SOUND, "lstm", units=[3], frames_per_step=2)
    assert model.get_layer("steps").output.shape == (None, 5, 8)
    sound = np.random.default_rng(0).normal(size=(2, 11, 4)).astype("float32")
    other = sound.copy()
    other[:, -1] += 1.0
    np.testing.assert_array_equal(outputs(model, sound), outputs(model, other))
    other[:, -2] += 1.0
    assert not np.array_equal(outputs(model, sound), outputs(model, other))


def test_patches() -> None:
    """Sweeps read square patches row by row."""
    image = keras.Input((6, 9, 2))
    values = np.arange(6 * 9 * 2, dtype="float32").reshape(1, 6, 9, 2)
    cut = outputs(keras.Model(image, _patches(image, 3)), values)
    assert cut.shape == (1, 2, 3, 18)
    np.testing.assert_array_equal(cut[0, 1, 2].reshape(3, 3, 2), values[0, 3:6, 6:9])


def test_audio_axes() -> None:
    """Sound is convolved over time and mel bands, or over time with mel bands as channels."""
    both = model_of(SOUND, "cnn", filters=[3], audio_axes="time_frequency")
    time = model_of(SOUND, "cnn", filters=[3], audio_axes="time")
    assert both.get_layer("stage_1_conv_1").kernel.shape == (3, 3, 1, 3)
    assert time.get_layer("stage_1_conv_1").kernel.shape == (3, 4, 3)


@pytest.mark.parametrize(("pool_after", "second_size"), [("first", 4), ("last", 8)])
def test_pool_after(pool_after: str, second_size: int) -> None:
    """The pooling stands after the first convolution of its stage, or closes it; nothing else moves."""
    model = model_of(DIGITS, "cnn", filters=[3], residual=True, pool_after=pool_after)
    assert model.get_layer("stage_1_residual_2").output.shape == (None, second_size, second_size, 3)
    assert model.get_layer("flatten").output.shape == (None, 4 * 4 * 3)


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "none"])
def test_positions(positions: str) -> None:
    """A transformer without positions does not see the order of words; with them it does."""
    options = {"patch_size": 1, "dim": 8, "depth": 1, "positions": positions}
    model = model_of(TEXT, "transformer", **options)
    difference = np.abs(outputs(model, WORDS) - outputs(model, WORDS[:, ::-1].copy())).max()
    assert (difference < 1e-6) == (positions == "none")


def test_sinusoids() -> None:
    """Sines, then cosines, of places times falling rates; an odd width has one cosine less."""
    table = sinusoids(5, 4)
    np.testing.assert_allclose(table[3], [np.sin(3), np.sin(0.03), np.cos(3), np.cos(0.03)], 1e-6)
    assert sinusoids(5, 3).shape == (5, 3)


def test_stochastic_depth() -> None:
    """An example skips a whole block or keeps it with a greater share: one or the other."""
    options = {"depth": 1, "stochastic_depth": 0.5, "dim": 8}
    model = model_of(DIGITS, "transformer", **options)
    image = np.random.default_rng(0).integers(0, 16, (1, 8, 8, 1), dtype="uint8")
    seen = outputs(model, np.repeat(image, 32, axis=0), training=True)
    assert len(np.unique(seen.round(4), axis=0)) == 2


def test_penalties() -> None:
    """Kernels and embeddings are penalised; biases, also those with two rows, and norms are not."""
    options = {"filters": [2], "units": [3], "cell": "gru", "l2": 0.1}
    model = model_of(TEXT, "crnn", **options)
    kernels = [w for w in model.trainable_variables if w.name.endswith(("kernel", "embeddings"))]
    assert len(kernels) == 5  # embedding, convolution, two of the cell, output
    expected = sum(0.1 * float(np.sum(kernel.numpy() ** 2)) for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_dropout_only_in_training() -> None:
    """Dropout draws anew in every training call and does nothing otherwise."""
    images = np.random.default_rng(0).integers(0, 16, (2, 8, 8, 1), dtype="uint8")
    for name in ("mlp", "cnn", "lstm", "crnn", "transformer"):
        model = model_of(DIGITS, name, dropout=0.5)
        trained = [outputs(model, images, training=True) for _ in range(2)]
        assert not np.array_equal(*trained)
        np.testing.assert_array_equal(outputs(model, images), outputs(model, images))


def test_normalised() -> None:
    """Inputs are brought to mean 0 and standard deviation 1 by the facts of DatasetInfo."""
    info = DATASET_INFO["cifar10"]
    layer = model_of(info, "mlp").get_layer("normalise")
    values = layer(np.array([info.mean, np.add(info.mean, info.standard_deviation)]))
    np.testing.assert_allclose(values, [[0.0] * 3, [1.0] * 3], atol=1e-5)


@pytest.mark.parametrize("replicas", [1, 2])
@pytest.mark.parametrize("name", ["mlp", "cnn", "crnn"])
def test_synchronized(name: str, replicas: int) -> None:
    """Batch norm is synchronized exactly where several replicas share the batch."""
    strategy = make_strategy(DistributionConfig(replicas=replicas))
    assert strategy.num_replicas_in_sync == replicas
    with strategy.scope():
        model = model_of(DIGITS, name, norm="batch")
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert norms
    assert {norm.synchronized for norm in norms} == {replicas > 1}
    assert structure_of(model) == structure_of(model_of(DIGITS, name, norm="batch"))


def test_whitening() -> None:
    """A first layer of patches of both signs is never trained and takes a border of pixels."""
    model = model_of(DIGITS, "cnn", filters=[3], whitening=2, pool_size=1)
    layer = model.get_layer("whitening")
    assert layer.output.shape == (None, 7, 7, 2 * 2 * 2)
    assert not layer.trainable_variables


def test_passing_on() -> None:
    """Convolutions that begin at the identity pass on their channels, and no class is preferred."""
    model = model_of(DIGITS, "cnn", filters=[2], initializer="identity", norm="none", pool_size=1)
    images = np.random.default_rng(0).integers(0, 17, (2, 8, 8, 1)).astype("u1")
    assert not outputs(model, images).any()
    maps = keras.Model(model.input, model.get_layer("stage_1_conv_1").output)
    normalised = keras.Model(model.input, model.get_layer("normalise").output)
    np.testing.assert_allclose(outputs(maps, images)[..., :1], outputs(normalised, images))


def test_norm_options() -> None:
    """Batch norm keeps the part of its running means that is asked for, with or without a scale."""
    model = model_of(DIGITS, "cnn", filters=[2], norm_momentum=0.6, norm_scale=False)
    layer = model.get_layer("stage_1_conv_1_norm")
    assert (layer.momentum, layer.gamma) == (0.6, None)


def test_pooling_right_behind() -> None:
    """After the first convolution of a stage the pooling stands before norm and activation."""
    model = model_of(DIGITS, "cnn", filters=[2], convolutions_per_stage=2, pool_after="first")
    assert model.get_layer("stage_1_conv_1_norm").input.shape == (None, 4, 4, 2)
