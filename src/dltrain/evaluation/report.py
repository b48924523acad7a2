"""Per-class figures and the confusion matrix, computed by scikit-learn."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support


@dataclass(frozen=True)
class ClassFigures:
    """Figures of one class; 0 where a class was never predicted or never occurs.

    Attributes:
        name: the class.
        precision: right part of the examples predicted as this class.
        recall: found part of this class's examples.
        f1: harmonic mean of the two.
        examples: how many examples of it there were.
    """

    name: str
    precision: float
    recall: float
    f1: float
    examples: int


def per_class(
    labels: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], names: tuple[str, ...]
) -> list[ClassFigures]:
    """Figures of every class, in label order.

    Args:
        labels: ``(examples,)`` true classes.
        predicted: ``(examples,)`` predicted classes.
        names: one name per class.
    """
    columns = precision_recall_fscore_support(
        labels, predicted, labels=range(len(names)), zero_division=0.0
    )
    return [
        ClassFigures(name, float(precision), float(recall), float(f1), int(count))
        for name, precision, recall, f1, count in zip(names, *columns, strict=True)
    ]


def confusion(
    labels: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], num_classes: int
) -> list[list[int]]:
    """Counts of examples by true class (row) and predicted class (column)."""
    matrix = confusion_matrix(labels, predicted, labels=range(num_classes))
    return [[int(count) for count in row] for row in matrix]
