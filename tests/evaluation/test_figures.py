"""Losses, metrics and the figures of each class, against scikit-learn and by hand."""

import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from dltrain.evaluation.figures import Figures, Measures, figures_of
from dltrain.evaluation.losses import losses_of
from dltrain.evaluation.metrics import metric_of, predicted
from dltrain.evaluation.report import ClassFigures, confusion, per_class

ACCURACY = Measures("multiclass", "cross_entropy", ("accuracy",))
CLASS_METRICS = ("accuracy", "balanced_accuracy", "f1", "auc")


def softmax(logits: Any) -> Any:
    """Rows that sum to one."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("examples", "classes"), [(1, 2), (7, 3), (1000, 10)])
@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0])
def test_as_in_scikit_learn(examples: int, classes: int, scale: float) -> None:
    """Loss and accuracy of several classes are those scikit-learn computes."""
    random = np.random.default_rng(0)
    logits = (scale * random.normal(size=(examples, classes))).astype(np.float32)
    labels = random.integers(0, classes, examples).astype(np.int32)
    figures = figures_of(logits, labels, ACCURACY)
    expected = sk.log_loss(labels, softmax(logits.astype(np.float64)), labels=range(classes))
    assert figures.loss == pytest.approx(expected, rel=1e-9)
    assert figures.metrics == {"accuracy": sk.accuracy_score(labels, logits.argmax(axis=1))}
    assert figures.examples == examples
    assert figures.as_metrics() == {"loss": figures.loss, **figures.metrics}


def test_metrics_of_several_classes() -> None:
    """Balanced accuracy, F1, AUC and top-k are scikit-learn's, over the classes there are."""
    random = np.random.default_rng(1)
    logits = random.normal(size=(400, 5))
    labels = random.integers(0, 5, 400)
    logits[np.arange(400), labels] += 1.0
    answers = logits.argmax(axis=1)
    figures = figures_of(
        logits, labels, Measures("multiclass", "cross_entropy", (*CLASS_METRICS, "top_2_accuracy"))
    )
    assert figures.metrics == pytest.approx(
        {
            "accuracy": sk.accuracy_score(labels, answers),
            "balanced_accuracy": sk.balanced_accuracy_score(labels, answers),
            "f1": sk.f1_score(labels, answers, average="macro"),
            "auc": np.mean([sk.roc_auc_score(labels == k, logits[:, k]) for k in range(5)]),
            "top_2_accuracy": sk.top_k_accuracy_score(labels, logits, k=2),
        }
    )


def test_metrics_of_two_classes() -> None:
    """One logit per example gives the same figures as the two it stands for."""
    random = np.random.default_rng(2)
    labels = random.integers(0, 2, 300)
    logits = (random.normal(size=300) + 2 * labels - 1)[:, np.newaxis]
    answers = (logits[:, 0] > 0).astype(int)
    figures = figures_of(logits, labels, Measures("binary", "cross_entropy", CLASS_METRICS))
    probabilities = 1 / (1 + np.exp(-logits[:, 0]))
    assert figures.loss == pytest.approx(sk.log_loss(labels, probabilities))
    assert figures.metrics == pytest.approx(
        {
            "accuracy": sk.accuracy_score(labels, answers),
            "balanced_accuracy": sk.balanced_accuracy_score(labels, answers),
            "f1": sk.f1_score(labels, answers),
            "auc": sk.roc_auc_score(labels, logits[:, 0]),
        }
    )
    brier = figures_of(logits, labels, Measures("binary", "squared_error", ())).loss
    assert brier == pytest.approx(sk.brier_score_loss(labels, probabilities))


def test_regression() -> None:
    """Errors are in the unit of the labels; Huber is squared below one and linear above."""
    outputs, labels = np.array([[1.0], [2.0], [9.0]]), np.array([1.5, 2.0, 5.0], np.float32)
    measures = Measures("regression", "squared_error", ("rmse", "mae"))
    figures = figures_of(outputs, labels, measures)
    assert figures == Figures(
        pytest.approx(16.25 / 3), pytest.approx({"rmse": (16.25 / 3) ** 0.5, "mae": 1.5}), 3
    )
    assert losses_of(outputs, labels, "regression", "absolute_error").tolist() == [0.5, 0.0, 4.0]
    assert losses_of(outputs, labels, "regression", "huber").tolist() == [0.125, 0.0, 3.5]


def test_squared_error_of_several_classes() -> None:
    """It is summed over the classes (Brier 1950): 2 for a sure and wrong answer."""
    logits = np.array([[1000.0, 0.0], [1000.0, 0.0], [0.0, 0.0]])
    losses = losses_of(logits, np.array([0, 1, 0]), "multiclass", "squared_error")
    assert losses.tolist() == [0.0, 2.0, 0.5]


def test_one_class_only() -> None:
    """Where nothing is to be told apart the area is one half; absent classes have no recall."""
    logits, labels = np.array([[1.0], [-1.0]]), np.array([1, 1])
    assert metric_of("auc", logits, labels, "binary") == 0.5
    assert metric_of("balanced_accuracy", logits, labels, "binary") == 0.5
    assert metric_of("balanced_accuracy", np.eye(3)[[0, 2]], np.array([0, 0]), "multiclass") == 0.5


@pytest.mark.parametrize(("k", "right"), [(1, [1, 0, 0]), (2, [1, 1, 0]), (3, [1, 1, 1])])
def test_top_k(k: int, right: list[int]) -> None:
    """The label counts when fewer than k classes come before it; the first of equals does."""
    logits = np.array([[2.0, 2.0, 2.0]] * 3)
    found = metric_of(f"top_{k}_accuracy", logits, np.array([0, 1, 2]), "multiclass")
    assert found == pytest.approx(np.mean(right))


def test_by_hand() -> None:
    """Two equal logits cost ln 2, and the first of equal logits is the answer."""
    figures = figures_of(np.zeros((2, 2), np.float32), np.array([0, 1], np.int32), ACCURACY)
    assert figures.loss == pytest.approx(math.log(2))
    assert figures.metrics["accuracy"] == 0.5
    assert predicted(np.zeros((2, 2))).tolist() == [0, 0]
    assert predicted(np.array([[0.0], [1e-9]])).tolist() == [0, 1]


def test_huge_logits() -> None:
    """Logits of any finite size give a finite loss, to full precision."""
    logits = np.array([[3e38, -3e38], [-3e38, 3e38], [0.0, 1000.0]], np.float32)
    figures = figures_of(logits, np.array([0, 1, 0], np.int32), ACCURACY)
    assert figures.loss == pytest.approx(1000 / 3)
    assert figures.metrics["accuracy"] == pytest.approx(2 / 3)
    one = np.array([[3e38], [-3e38], [1000.0]], np.float32)
    binary = figures_of(one, np.array([1, 0, 0], np.int32), Measures("binary", "cross_entropy", ()))
    assert binary.loss == pytest.approx(1000 / 3)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_not_a_number(bad: float) -> None:
    """Logits that are no numbers give a loss that is none, without a crash, and no right answer."""
    logits = np.array([[bad, 0.0], [0.0, 5.0]], np.float32)
    labels = np.array([0, 1], np.int32)
    figures = figures_of(logits, labels, Measures("multiclass", "cross_entropy", CLASS_METRICS))
    assert math.isnan(figures.loss)
    assert figures.examples == 2
    if math.isnan(bad):
        assert figures.metrics["accuracy"] == 0.5
        assert metric_of("accuracy", logits[:, :1], labels, "binary") == 0.0


LABELS = np.array([0, 0, 0, 1, 1, 2], np.int32)
PREDICTED = np.array([0, 0, 1, 1, 1, 0])


def test_confusion() -> None:
    """Rows are the true classes and columns the predicted ones; a class nobody met has zeros."""
    assert confusion(LABELS, PREDICTED, 4) == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0] * 4]


def test_per_class() -> None:
    """Precision, recall and F1 as counted by hand; zero where nothing can be counted."""
    ant, bee, cat, dog = per_class(LABELS, PREDICTED, ("ant", "bee", "cat", "dog"))
    assert ant == ClassFigures("ant", 2 / 3, 2 / 3, pytest.approx(2 / 3), 3)
    assert bee == ClassFigures("bee", 2 / 3, 1.0, pytest.approx(0.8), 2)
    assert cat == ClassFigures("cat", 0.0, 0.0, 0.0, 1)
    assert dog == ClassFigures("dog", 0.0, 0.0, 0.0, 0)
    assert type(ant.precision) is float
    assert type(ant.examples) is int
