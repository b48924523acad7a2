"""A model's logits do not depend on how many replicas compute them."""

import os
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import CNNConfig, DistributionConfig
from dltrain.data.examples import Examples
from dltrain.dataset_info import DATASET_INFO
from dltrain.devices.strategy import make_strategy
from dltrain.evaluation import predict
from dltrain.evaluation.predict import EXAMPLES_PER_BATCH, Predictor
from dltrain.models.build import build_model

# Three channels: a convolution over one of them survives a share without examples, others not.
INFO = replace(DATASET_INFO["cifar10"], input_shape=(8, 8, 3))
CONFIG = CNNConfig(name="cnn", filters=(2,), dropout=0.5)


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Some stored examples."""
    random = np.random.default_rng(0)
    inputs = random.integers(0, 17, (700, *INFO.input_shape), np.uint8)
    return Examples(inputs, np.zeros(700, np.int32))


@pytest.fixture(scope="module")
def model(tensorflow: None) -> keras.Model:  # noqa: ARG001 - prepared, not used
    """A model whose batch norm has statistics of its own."""
    keras.utils.set_random_seed(0)
    model = build_model(CONFIG, INFO)
    for variable in model.non_trainable_variables:
        if "float" in str(variable.dtype):
            variable.assign(np.random.default_rng(1).uniform(0.5, 1.5, variable.shape))
    return model


# One number above 1 per process: the collectives of two strategies would clash.
@pytest.fixture(
    scope="module", params=[1, int(os.environ.get("DLTRAIN_TEST_REPLICAS", "2"))], ids=str
)
def predictor(request: pytest.FixtureRequest, model: keras.Model) -> Predictor:
    """The same model under one and under several replicas."""
    strategy = make_strategy(DistributionConfig(replicas=request.param))
    assert strategy.num_replicas_in_sync == request.param
    with strategy.scope():
        copy = build_model(CONFIG, INFO)
        for target, source in zip(copy.variables, model.variables, strict=True):
            target.assign(source.numpy())
    return Predictor(copy, strategy)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 100, EXAMPLES_PER_BATCH + 1])
def test_replicas(predictor: Predictor, model: keras.Model, examples: Examples, count: int) -> None:
    """Every example has its logits once and in order, in a last batch of any size too."""
    indices = np.random.default_rng(2).permutation(700)[:count]
    expected = model(tf.constant(examples.inputs[indices]), training=False).numpy()
    logits = predictor.outputs(examples, indices)
    assert (logits.shape, logits.dtype) == ((count, INFO.num_classes), np.float32)
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_repeats(predictor: Predictor, examples: Examples) -> None:
    """The same call gives the same bits: batch-norm statistics and dropout stay as they are."""
    first, again = (predictor.outputs(examples, np.arange(600)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_indices_may_repeat(predictor: Predictor, examples: Examples) -> None:
    """An example asked for twice is there twice."""
    logits = predictor.outputs(examples, np.array([5, 5]))
    np.testing.assert_allclose(logits[0], logits[1], atol=1e-6)


def test_view(predictor: Predictor, examples: Examples) -> None:
    """What is shown of a batch is what is computed, whoever computes it."""
    mirrored = Examples(examples.inputs[:, :, ::-1], examples.labels)
    indices = np.arange(5)
    seen = predictor.outputs(examples, indices, view=lambda images: images[:, :, ::-1])
    np.testing.assert_array_equal(seen, predictor.outputs(mirrored, indices))


def test_memory_mapped(predictor: Predictor, examples: Examples, tmp_path: object) -> None:
    """Examples of the decode cache are used as they are."""
    path = f"{tmp_path}/inputs.npy"
    np.save(path, examples.inputs)
    mapped = Examples(np.load(path, mmap_mode="r"), examples.labels)
    indices = np.arange(10)
    np.testing.assert_array_equal(
        predictor.outputs(mapped, indices), predictor.outputs(examples, indices)
    )


def test_stop(predictor: Predictor, examples: Examples, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before every batch it asks whether to stop."""
    monkeypatch.setattr(predict, "EXAMPLES_PER_BATCH", 10)
    answers = iter([False, False, True])
    with pytest.raises(InterruptedError):
        predictor.outputs(examples, np.arange(100), lambda: next(answers))
    assert list(answers) == []
    assert len(predictor.outputs(examples, np.arange(20), lambda: False)) == 20


@pytest.mark.skipif("DLTRAIN_TEST_REPLICAS" in os.environ, reason="this is that process")
def test_three_replicas() -> None:
    """All of this holds with three replicas, too."""
    command = [sys.executable, "-m", "pytest", "-q", "-k", "[3", __file__]
    environment = {**os.environ, "DLTRAIN_TEST_REPLICAS": "3"}
    result = subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, timeout=500
    )
    assert result.returncode == 0, result.stdout
    assert " passed" in result.stdout
