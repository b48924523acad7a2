"""Small tables that come with scikit-learn, cut into training and test part once for all."""

from importlib.metadata import version
from typing import Any

import numpy as np

from dltrain.data.examples import Columns

SPLIT_SEED = 1797
TEST_PART = 5  # one example in five


def source_key() -> str:
    """scikit-learn's version: the data is part of its wheel."""
    return f"scikit-learn {version('scikit-learn')}"


def split(inputs: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> dict[str, Columns]:
    """Draw a fifth of the rows for testing; these sets have no official split."""
    order = np.random.RandomState(SPLIT_SEED).permutation(len(labels))
    count = round(len(labels) / TEST_PART)
    test, train = np.sort(order[:count]), np.sort(order[count:])
    return {
        "train": {"inputs": inputs[train], "labels": labels[train]},
        "test": {"inputs": inputs[test], "labels": labels[test]},
    }
