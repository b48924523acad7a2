"""Loss, accuracy and the figures of each class."""

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from dltrain.evaluation.figures import figures_of
from dltrain.evaluation.report import ClassFigures, confusion, per_class


@pytest.mark.parametrize(("examples", "classes"), [(1, 2), (7, 3), (1000, 10)])
@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0])
def test_as_in_scikit_learn(examples: int, classes: int, scale: float) -> None:
    """Loss and accuracy are those scikit-learn computes."""
    random = np.random.default_rng(0)
    logits = (scale * random.normal(size=(examples, classes))).astype(np.float32)
    labels = random.integers(0, classes, examples).astype(np.int32)
    wide = logits.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    figures = figures_of(logits, labels)
    expected = log_loss(labels, probabilities, labels=range(classes))
    assert figures.loss == pytest.approx(expected, rel=1e-9)
    assert figures.accuracy == accuracy_score(labels, logits.argmax(axis=1))
    assert figures.examples == examples
    assert figures.as_metrics() == {"loss": figures.loss, "accuracy": figures.accuracy}


def test_by_hand() -> None:
    """Two equal logits cost ln 2, and the first of equal logits is the answer."""
    logits = np.zeros((2, 2), np.float32)
    figures = figures_of(logits, np.array([0, 1], np.int32))
    assert figures.loss == pytest.approx(math.log(2))
    assert figures.accuracy == 0.5


def test_huge_logits() -> None:
    """Logits of any finite size give a finite loss, to full precision."""
    logits = np.array([[3e38, -3e38], [-3e38, 3e38], [0.0, 1000.0]], np.float32)
    figures = figures_of(logits, np.array([0, 1, 0], np.int32))
    assert figures.loss == pytest.approx(1000 / 3)
    assert figures.accuracy == pytest.approx(2 / 3)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_not_a_number(bad: float) -> None:
    """Logits that are no numbers give a loss that is none, without a crash, and no right answer."""
    logits = np.array([[bad, 0.0], [0.0, 5.0]], np.float32)
    figures = figures_of(logits, np.array([0, 1], np.int32))
    assert math.isnan(figures.loss)
    assert figures.examples == 2
    if math.isnan(bad):
        assert figures.accuracy == 0.5


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
