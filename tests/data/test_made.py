"""Sets that a config makes or writes out: their numbers, statistics and missing test sets."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from dltrain.config.schema import DataConfig
from dltrain.config.split_sizes import split_sizes
from dltrain.data.dataset import Dataset, load_dataset

NOWHERE = Path("nowhere")


def config_of(**options: Any) -> DataConfig:
    """A data section."""
    config: DataConfig = TypeAdapter(DataConfig).validate_python(options)
    return config


def load(**options: Any) -> Dataset:
    """The set of a data section."""
    return load_dataset(config_of(**options), NOWHERE, offline=True)


def test_xor() -> None:
    """The four examples stand in the order of counting; the class says whether they differ."""
    train = load(name="xor").examples_of("train")
    assert train.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert train.labels.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("options", "shape", "task"),
    [
        ({"x": [1, 2], "y": [2, 4]}, (1,), "regression"),
        ({"x": [[1], [2]], "y": [0, 1]}, (1,), "binary"),
        ({"x": [[1, 3], [2, 4]], "y": [2, 4], "kind": "sequence"}, (2, 1), "regression"),
        ({"x": [[[1, 3]], [[2, 4]]], "y": ["b", "a"]}, (1, 2), "binary"),
        ({"x": [[[1, 3]], [[2, 4]]], "y": [2, 4], "kind": "image"}, (1, 2, 1), "regression"),
    ],
)
def test_shape(options: dict[str, Any], shape: tuple[int, ...], task: str) -> None:
    """Written examples keep their order and gain the axis that was left out."""
    dataset = load(name="arrays", **options)
    inputs = dataset.examples_of("train").inputs
    assert inputs.shape == (2, *shape)
    np.testing.assert_array_equal(inputs.ravel(), np.ravel(options["x"]))
    assert dataset.info.task == task


@pytest.mark.parametrize(
    ("y", "names", "classes"),
    [
        (["dog", "cat", "dog", "ant"], ("ant", "cat", "dog"), [2, 1, 2, 0]),
        ([1, 0.0, 1.0, 0], ("0", "1"), [1, 0, 1, 0]),
        ([30, -1, 5, 5], ("-1", "5", "30"), [2, 0, 1, 1]),
    ],
    ids=str,
)
def test_classes(y: list[Any], names: tuple[str, ...], classes: list[int]) -> None:
    """Names go by the alphabet and numbers by size, each to the index of its class."""
    dataset = load(name="arrays", x=[1, 2, 3, 4], y=y, task="classification")
    assert dataset.info.class_names == names
    assert dataset.examples_of("train").labels.tolist() == classes


def test_numbers_to_predict() -> None:
    """Where y is numbers they are taken as they are."""
    labels = load(name="arrays", x=[1, 2], y=[0.5, -3]).examples_of("train").labels
    assert (labels.dtype, labels.tolist()) == (np.float32, [0.5, -3.0])


def test_normalise() -> None:
    """Statistics are of the training part, per feature over all steps, and of its targets."""
    x = [[[1, 5], [3, 5]], [[5, 5], [7, 5]], [[100, 100], [100, 100]]]
    options = {"name": "arrays", "x": x, "y": [2, 6, 1000], "limit": 1}
    whole = load(**options | {"limit": None, "normalise": True}).info
    info = load(**options | {"limit": 2, "normalise": True}).info
    assert info.mean == (4.0, 5.0)
    assert info.standard_deviation == (5.0**0.5, 1.0)  # nothing to divide a constant by
    assert (info.target_mean, info.target_standard_deviation) == (4.0, 2.0)
    assert whole.mean[1] > 5.0
    plain = load(**options).info
    assert (plain.mean, plain.standard_deviation) == ((0.0,), (1.0,))
    assert (plain.target_mean, plain.target_standard_deviation) == (0.0, 1.0)


def test_not_normalised() -> None:
    """The columns of a real table can be left as they are, too."""
    info = load(name="breast_cancer", normalise=False).info
    assert (info.mean, info.standard_deviation) == ((0.0,), (1.0,))


def test_statistics_of_a_checkpoint() -> None:
    """Data found later is normalised by what a checkpoint was trained with."""
    options = {"name": "arrays", "y": [2, 6], "normalise": True}
    trained_with = load(x=[0, 10], **options).info
    later = config_of(x=[50, 90], **options)
    assert load_dataset(later, NOWHERE, trained_with=trained_with).info == trained_with
    assert load_dataset(later, NOWHERE).info.mean == (70.0,)


@pytest.mark.parametrize(
    "options",
    [
        {"name": "xor"},
        {"name": "arrays", "x": [1, 2], "y": [1, 2]},
        {"name": "random", "test_examples": 0},
        {"name": "xor", "synthetic": True},
    ],
    ids=str,
)
def test_no_test_set(options: dict[str, Any]) -> None:
    """A set without one has no test examples, and training ones do not stand in for them."""
    dataset, sizes = load(**options), split_sizes(config_of(**options), load(**options).info)
    assert sizes.test == len(dataset.test) == len(dataset.examples_of("test")) == 0
    assert dataset.examples_of("test").inputs.shape == (0, *dataset.info.input_shape)
    assert dataset.examples_of("validation") is dataset.examples_of("train")


def test_fingerprint() -> None:
    """One other number is another content, and the same numbers always the same."""
    base: dict[str, Any] = {"name": "arrays", "x": [[1, 2], [3, 4]], "y": [0, 1]}
    others = ({"x": [[1, 2], [3, 5]]}, {"y": [1, 0]}, {"kind": "sequence"})
    prints = [load(**base | change).fingerprint for change in ({}, *others)]
    assert len(set(prints)) == len(prints)
    assert load(**base).fingerprint == prints[0]
    assert load(name="random").fingerprint[:16] == "3536d563348f6fae"


def test_random() -> None:
    """Numbers are uniform in [0, 1), classes equally likely, and one says nothing of the other."""
    dataset = load(name="random", examples=20_000, classes=4, shape=(2,))
    train = dataset.examples_of("train")
    assert train.inputs.min() >= 0.0
    assert train.inputs.max() < 1.0
    deciles = np.histogram(train.inputs, bins=10, range=(0.0, 1.0))[0]
    assert np.abs(deciles - 4_000).max() < 300  # five standard deviations
    assert np.abs(np.bincount(train.labels) - 5_000).max() < 300
    assert np.abs(np.corrcoef(train.inputs.T, train.labels)[2, :2]).max() < 0.04


def test_random_grows() -> None:
    """More examples are those of fewer and others after them."""
    few = load(name="random", examples=10, test_examples=5, classes=3)
    many = load(name="random", examples=30, test_examples=20, classes=3)
    for split, count in (("train", 10), ("test", 5)):
        first = many.stored[split]
        np.testing.assert_array_equal(few.stored[split].inputs, first.inputs[:count])
        np.testing.assert_array_equal(few.stored[split].labels, first.labels[:count])
