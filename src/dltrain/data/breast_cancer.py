"""Tumours described by 30 numbers, malignant or benign; embedded in scikit-learn.

Source: W. Wolberg, O. Mangasarian, N. Street and W. Street (1995), Breast Cancer Wisconsin
(Diagnostic), UCI Machine Learning Repository.
"""

from pathlib import Path

import numpy as np

from dltrain.data import sklearn_tables
from dltrain.data.examples import Columns


def source_key(data_dir: Path, *, offline: bool) -> str:  # noqa: ARG001 - needs neither
    """scikit-learn's version."""
    return sklearn_tables.source_key()


def decode(data_dir: Path) -> dict[str, Columns]:  # noqa: ARG001 - needs no directory
    """455 tumours to train on and 114 to test with; class 0 is malignant."""
    from sklearn.datasets import load_breast_cancer  # noqa: PLC0415 - once per cache

    table = load_breast_cancer()
    return sklearn_tables.split(table.data.astype(np.float32), table.target.astype(np.int32))
