"""The losses on the host, by hand."""

from typing import Any

import numpy as np
import pytest

from dltrain.dataset_info import Task
from dltrain.evaluation.losses import losses_of


@pytest.mark.parametrize(
    ("task", "outputs", "labels", "expected"),
    [
        ("regression", [[1.5], [2.0]], [1.0, 4.0], [0.125, 2.0]),
        ("binary", [[0.0], [np.log(3)]], [1, 0], [0.125, 0.28125]),
        ("multiclass", [[0.0, np.log(3)]], [0], [0.5625]),
    ],
)
def test_half_squared_error(task: Task, outputs: Any, labels: Any, expected: list[float]) -> None:
    """Half of the squared distance from the number, or from the label's probabilities."""
    found = losses_of(np.array(outputs), np.array(labels), task, "half_squared_error")
    assert found == pytest.approx(expected)
    twice = losses_of(np.array(outputs), np.array(labels), task, "squared_error")
    assert (2 * found).tolist() == twice.tolist()
