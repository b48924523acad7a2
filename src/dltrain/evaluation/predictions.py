"""Every example with what a model makes of it, for sets small enough to be read."""

from typing import Any

import numpy as np

from dltrain.data.examples import Examples
from dltrain.dataset_info import DatasetInfo
from dltrain.evaluation.losses import sigmoid
from dltrain.evaluation.metrics import predicted

MOST_EXAMPLES = 16
MOST_NUMBERS = 6  # of one example

Array = np.ndarray[Any, Any]


def predictions_of(
    examples: Examples, indices: Array, outputs: Array, info: DatasetInfo
) -> list[dict[str, Any]]:
    """Input, label and prediction of every example, for JSON.

    Args:
        examples: stored examples.
        indices: which of them.
        outputs: ``(len(indices), outputs)`` logits or numbers of the model.
        info: what the labels are.

    Returns:
        For each ``x`` (its numbers in a flat list, or ``{"shape": [...]}`` where there are
        more than 6), ``y`` and ``predicted``: numbers, or names of classes. For classes also
        ``probability``: by name that of the second of two, else of the predicted one.
    """
    wide, labels = outputs.astype(np.float64), examples.labels[indices]
    inputs = [_written(example) for example in examples.inputs[indices]]
    if info.task == "regression":
        return [
            {"x": x, "y": _number(y), "predicted": _number(output)}
            for x, y, output in zip(inputs, labels, outputs[:, 0], strict=True)
        ]
    classes = predicted(wide)
    shown = np.ones_like(classes) if info.task == "binary" else classes
    chances = _probabilities(wide)[np.arange(len(shown)), shown]
    names = info.class_names
    return [
        {"x": x, "y": names[y], "predicted": names[each], "probability": {names[of]: float(chance)}}
        for x, y, each, of, chance in zip(inputs, labels, classes, shown, chances, strict=True)
    ]


def _probabilities(logits: Array) -> Array:
    """``(examples, classes)``, of one logit those of both classes."""
    if logits.shape[1] == 1:
        second = sigmoid(logits)
        return np.concatenate([1.0 - second, second], axis=1)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _written(example: Array) -> list[float] | dict[str, list[int]]:
    if example.size > MOST_NUMBERS:
        return {"shape": list(example.shape)}
    return [_number(value) for value in example.ravel()]


def _number(value: Any) -> float:
    """A float32 as a person wrote it: 0.1 is not 0.10000000149."""
    return float(str(value))
