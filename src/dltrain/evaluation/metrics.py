"""The figures beside the loss. scikit-learn computes those that are more than a mean."""

from typing import Any

import numpy as np

from dltrain.dataset_info import Task

Array = np.ndarray[Any, Any]


def metric_of(name: str, outputs: Array, labels: Array, task: Task) -> float:
    """One metric of one split.

    Args:
        name: ``accuracy``, ``top_<k>_accuracy``, ``balanced_accuracy`` (mean recall of the
            classes that occur), ``f1`` (of the second of two classes, else the mean over
            all classes), ``auc`` (area under the ROC curve; the mean of each class against
            the rest), ``mae`` or ``rmse`` in the unit of the labels.
        outputs: ``(examples, outputs)`` float64 logits, or numbers for regression.
        labels: ``(examples,)`` classes or numbers.
        task: what the outputs are.
    """
    if task == "regression":
        errors = outputs[:, 0] - labels
        return float(np.abs(errors).mean() if name == "mae" else np.sqrt((errors**2).mean()))
    if name == "auc":
        return _auc(outputs, labels)
    if name == "balanced_accuracy":
        return _balanced_accuracy(predicted(outputs), labels)
    if name == "f1":
        return _f1(predicted(outputs), labels, outputs.shape[1])
    k = 1 if name == "accuracy" else int(name.split("_")[1])
    return _top_accuracy(outputs, labels, k)


def predicted(outputs: Array) -> Array:
    """The class of every example, ``(examples,)``; the first of equal logits."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0.0).astype(np.int64)
    classes: Array = outputs.argmax(axis=1)
    return classes


def _top_accuracy(outputs: Array, labels: Array, k: int) -> float:
    """Part of the examples whose label is among the k largest; NaN has no place among them."""
    if outputs.shape[1] == 1:
        right = (predicted(outputs) == labels) & ~np.isnan(outputs[:, 0])
        return float(right.mean())
    own = outputs[np.arange(len(labels)), labels][:, np.newaxis]
    is_before = (outputs == own) & (np.arange(outputs.shape[1]) < labels[:, np.newaxis])
    rank = ((outputs > own) | is_before).sum(axis=1)
    return float(((rank < k) & ~np.isnan(outputs).any(axis=1)).mean())


def _balanced_accuracy(classes: Array, labels: Array) -> float:
    from sklearn.metrics import recall_score  # noqa: PLC0415 - half a second, not always needed

    present = np.unique(labels)
    return float(recall_score(labels, classes, labels=present, average="macro", zero_division=0.0))


def _f1(classes: Array, labels: Array, num_outputs: int) -> float:
    from sklearn.metrics import f1_score  # noqa: PLC0415 - see above

    if num_outputs == 1:
        return float(f1_score(labels, classes, zero_division=0.0))
    return float(
        f1_score(labels, classes, labels=range(num_outputs), average="macro", zero_division=0.0)
    )


def _auc(outputs: Array, labels: Array) -> float:
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - see above

    if np.isnan(outputs).any():
        return 0.0
    outputs = np.nan_to_num(outputs)  # infinite ones keep their rank
    if outputs.shape[1] == 1:
        pairs = [(labels == 1, outputs[:, 0])]
    else:
        pairs = [(labels == each, outputs[:, each]) for each in range(outputs.shape[1])]
    # where all or none are of a class there is nothing to tell apart
    areas = [roc_auc_score(is_it, score) for is_it, score in pairs if 0 < is_it.sum() < len(is_it)]
    return float(np.mean(areas)) if areas else 0.5
