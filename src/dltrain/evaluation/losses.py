"""The losses on the host, one value per example; training computes the same in TensorFlow."""

from typing import Any

import numpy as np

from dltrain.dataset_info import Task

Array = np.ndarray[Any, Any]


def losses_of(outputs: Array, labels: Array, task: Task, loss: str) -> Array:
    """The loss of every example.

    Args:
        outputs: ``(examples, outputs)`` float64 logits, or numbers for regression.
        labels: ``(examples,)`` classes or numbers.
        task: what the outputs are.
        loss: ``cross_entropy`` in nats; ``squared_error`` of the number, of the probability
            of the second of two classes, or of those of several classes, summed (Brier
            1950); ``half_squared_error``, half of that; ``absolute_error``; or
            ``huber``, squared below an error of one and linear above (Huber 1964).

    Returns:
        ``(examples,)`` float64; not a number where a logit is infinite or none.
    """
    if loss == "half_squared_error":
        return 0.5 * losses_of(outputs, labels, task, "squared_error")
    with np.errstate(invalid="ignore", over="ignore"):
        if task == "regression":
            return _of_errors(outputs[:, 0] - labels, loss)
        if task == "binary":
            return _of_one_logit(outputs[:, 0], labels, loss)
        return _of_logits(outputs, labels, loss)


def _of_errors(errors: Array, loss: str) -> Array:
    if loss == "squared_error":
        return errors**2
    size = np.abs(errors)
    if loss == "absolute_error":
        return size
    return np.where(size < 1.0, 0.5 * size**2, size - 0.5)


def _of_one_logit(logits: Array, labels: Array, loss: str) -> Array:
    if loss == "cross_entropy":
        losses: Array = np.logaddexp(0.0, logits) - logits * labels
        return losses
    return (sigmoid(logits) - labels) ** 2


def sigmoid(logits: Array) -> Array:
    """Probability of the second class, without overflow."""
    probabilities: Array = np.exp(-np.logaddexp(0.0, -logits))
    return probabilities


def _of_logits(logits: Array, labels: Array, loss: str) -> Array:
    largest = logits.max(axis=1, keepdims=True)
    log_sum = largest + np.log(np.exp(logits - largest).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    if loss == "cross_entropy":
        losses: Array = log_sum[:, 0] - logits[rows, labels]
        return losses
    errors = np.exp(logits - log_sum)
    errors[rows, labels] -= 1.0
    squares: Array = (errors**2).sum(axis=1)
    return squares
