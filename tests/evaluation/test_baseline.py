"""A model beside the best constant answer."""

from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import log_loss, root_mean_squared_error

from dltrain.dataset_info import DatasetInfo
from dltrain.evaluation.baseline import Baseline, compare
from dltrain.evaluation.figures import Measures

CLASSES = Measures("multiclass", "cross_entropy", ("accuracy", "balanced_accuracy", "auc"))
TWO = Measures("binary", "cross_entropy", ("accuracy", "auc"))
NUMBERS = Measures("regression", "squared_error", ("rmse", "mae"))


def info(task: Any, *names: str) -> DatasetInfo:
    """The facts of a table."""
    return DatasetInfo(
        name="table",
        modality="table",
        task=task,
        input_shape=(1,),
        input_dtype="float32",
        class_names=names,
        num_examples={},
    )


def of_two(logits: list[float], labels: list[int]) -> Baseline:
    """Two classes."""
    outputs = np.array(logits, np.float32)[:, np.newaxis]
    return compare(outputs, np.array(labels), info("binary", "a", "b"), TWO)


@pytest.mark.parametrize("names", [("a", "b"), ("a", "b", "c")])
def test_classes(names: tuple[str, ...]) -> None:
    """It has the figures of scikit-learn's dummy that gives the frequencies of the classes."""
    random = np.random.default_rng(0)
    labels = random.integers(0, len(names), 40)
    labels[:20] = 1
    task, measures = ("binary", TWO) if len(names) == 2 else ("multiclass", CLASSES)
    outputs = np.zeros((40, 1 if len(names) == 2 else 3), np.float32)
    baseline = compare(outputs, labels, info(task, *names), measures)
    dummy = DummyClassifier(strategy="prior").fit(labels, labels)
    assert baseline.answer == names[1]
    assert baseline.figures.loss == pytest.approx(log_loss(labels, dummy.predict_proba(labels)))
    assert baseline.figures.metrics["accuracy"] == dummy.score(labels, labels)
    assert baseline.figures.metrics["auc"] == 0.5
    if measures is CLASSES:
        assert baseline.figures.metrics["balanced_accuracy"] == pytest.approx(1 / 3)


def test_numbers() -> None:
    """It has the figures of scikit-learn's dummy that gives the mean."""
    labels = np.array([3.0, 5.0], np.float32)
    outputs = np.array([[3.5], [4.5]], np.float32)
    baseline = compare(outputs, labels, info("regression"), NUMBERS)
    dummy = DummyRegressor().fit(labels, labels)
    rmse = root_mean_squared_error(labels, dummy.predict(labels))
    assert baseline.answer == 4.0
    assert baseline.figures.metrics == pytest.approx({"rmse": rmse, "mae": 1.0})
    assert baseline.figures.loss == pytest.approx(rmse**2)


@pytest.mark.parametrize(
    ("right", "is_beaten"), [(50, False), (54, False), (70, True), (100, True), (0, False)]
)
def test_more_than_chance(right: int, is_beaten: bool) -> None:
    """Of 100 examples of two classes, 54 right answers are chance and 70 are not."""
    labels = [0, 1] * 50
    logits = [float(2 * y - 1) * (1 if n < right else -1) for n, y in enumerate(labels)]
    assert of_two(logits, labels).is_beaten is is_beaten


def test_a_constant_model_is_never_better() -> None:
    """Not even one whose answer happens to be that of most examples."""
    assert not of_two([1.0] * 100, [1] * 60 + [0] * 40).is_beaten
    assert not of_two([1.0], [1]).is_beaten


def test_without_spread() -> None:
    """Where all differences are equal their sign decides."""
    labels = np.array([1.0, 3.0], np.float32)
    assert compare(labels[:, np.newaxis], labels, info("regression"), NUMBERS).is_beaten


def test_better_probabilities() -> None:
    """Without one more right answer the loss may still be smaller, and that is found."""
    labels = np.array([0, 0, 1] * 20)
    outputs = np.where(labels == 1, -0.1, -3.0).astype(np.float32)[:, np.newaxis]
    baseline = compare(outputs, labels, info("binary", "a", "b"), TWO)
    assert (baseline.is_beaten, baseline.has_larger_loss) == (False, True)
    same = compare(-outputs, labels, info("binary", "a", "b"), TWO)
    assert (same.is_beaten, same.has_larger_loss) == (False, False)


@pytest.mark.parametrize(("noise", "is_beaten"), [(0.1, True), (1.0, False)])
def test_squared_errors(noise: float, is_beaten: bool) -> None:
    """Numbers are better where their squared errors are smaller than the spread of the labels."""
    random = np.random.default_rng(0)
    labels = random.normal(size=200).astype(np.float32)
    outputs = (labels + noise * random.normal(size=200))[:, np.newaxis]
    assert compare(outputs, labels, info("regression"), NUMBERS).is_beaten is is_beaten
