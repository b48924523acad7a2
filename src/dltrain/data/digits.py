"""Handwritten digits of 8x8 pixels, embedded in scikit-learn.

Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI
Machine Learning Repository; scikit-learn carries 1,797 of them.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np

from dltrain.data.examples import Columns

TEST_EXAMPLES = 360
SPLIT_SEED = 1797  # the set has no official split, and its order follows the writers


def source_key(data_dir: Path, *, offline: bool) -> str:  # noqa: ARG001 - needs neither
    """scikit-learn's version: the data is part of its wheel."""
    return f"scikit-learn {version('scikit-learn')}"


def decode(data_dir: Path) -> dict[str, Columns]:  # noqa: ARG001 - needs no directory
    """1,437 examples to train on and 360 to test with, drawn once for all."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - half a second, once per cache

    digits = load_digits()
    inputs = digits.images.astype(np.uint8)[..., np.newaxis]  # whole numbers from 0 to 16
    labels = digits.target.astype(np.int32)
    order = np.random.RandomState(SPLIT_SEED).permutation(len(labels))
    test, train = np.sort(order[:TEST_EXAMPLES]), np.sort(order[TEST_EXAMPLES:])
    return {
        "train": {"inputs": inputs[train], "labels": labels[train]},
        "test": {"inputs": inputs[test], "labels": labels[test]},
    }
