"""Every example of a small set with what is predicted of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dltrain.data.examples import Examples
from dltrain.dataset_info import DATASET_INFO
from dltrain.evaluation.predictions import predictions_of

XOR = DATASET_INFO["xor"]
INPUTS = np.array([[0.0, 0.1], [1.0, 0.0], [9.0, 9.0]], np.float32)
ORDER = np.array([1, 0])


def test_numbers() -> None:
    """Inputs, labels and predictions are plain numbers as a person writes them."""
    examples = Examples(INPUTS, np.array([0.3, 2.0, 9.0], np.float32))
    outputs = np.array([[2.5], [0.7]], np.float32)
    found = predictions_of(examples, ORDER, outputs, replace(XOR, task="regression"))
    assert json.loads(json.dumps(found)) == [
        {"x": [1.0, 0.0], "y": 2.0, "predicted": 2.5},
        {"x": [0.0, 0.1], "y": 0.3, "predicted": 0.7},
    ]


def test_two_classes() -> None:
    """The probability is that of the second class, whichever is predicted."""
    examples = Examples(INPUTS, np.array([0, 1, 1], np.int32))
    outputs = np.log(np.array([[3.0], [1 / 3]], np.float32))
    found = predictions_of(examples, ORDER, outputs, XOR)
    assert [(row["y"], row["predicted"]) for row in found] == [("1", "1"), ("0", "0")]
    assert [row["probability"]["1"] for row in found] == pytest.approx([0.75, 0.25])
    assert json.loads(json.dumps(found)) == found


def test_several_classes() -> None:
    """The probability is that of the predicted class; a large input is only its shape."""
    facts = replace(XOR, task="multiclass", class_names=("a", "b", "c"))
    examples = Examples(np.zeros((1, 2, 4), np.float32), np.array([2], np.int32))
    (found,) = predictions_of(examples, np.array([0]), np.log([[1.0, 3.0, 4.0]]), facts)
    assert found == {
        "x": {"shape": [2, 4]},
        "y": "c",
        "predicted": "c",
        "probability": {"c": pytest.approx(0.5)},
    }
