"""How far diabetes went in a year, by ten numbers per patient; embedded in scikit-learn.

Source: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani (2004), Least Angle Regression,
Annals of Statistics 32(2).
"""

from pathlib import Path

import numpy as np

from dltrain.data import sklearn_tables
from dltrain.data.examples import Columns


def source_key(data_dir: Path, *, offline: bool) -> str:  # noqa: ARG001 - needs neither
    """scikit-learn's version."""
    return sklearn_tables.source_key()


def decode(data_dir: Path) -> dict[str, Columns]:  # noqa: ARG001 - needs no directory
    """354 patients to train on and 88 to test with; labels run from 25 to 346."""
    from sklearn.datasets import load_diabetes  # noqa: PLC0415 - once per cache

    table = load_diabetes(scaled=False)
    return sklearn_tables.split(table.data.astype(np.float32), table.target.astype(np.float32))
