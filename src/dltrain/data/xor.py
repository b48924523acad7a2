"""Exclusive or: the smallest problem that no single straight line solves.

Source: M. Minsky and S. Papert (1969), Perceptrons, MIT Press.
"""

import numpy as np

from dltrain.config.schema import XorConfig
from dltrain.data.examples import Columns
from dltrain.dataset_info import DatasetInfo


def make(config: XorConfig, info: DatasetInfo) -> dict[str, Columns]:  # noqa: ARG001 - always the same
    """The four examples, in the order 00, 01, 10, 11; class 1 where the two numbers differ."""
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return {"train": {"inputs": inputs, "labels": np.array([0, 1, 1, 0], np.int32)}}
