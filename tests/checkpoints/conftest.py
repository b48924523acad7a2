"""A small checkpoint of every kind of array."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dltrain.checkpoints.store import Checkpoint
from dltrain.config.load import load_text
from dltrain.dataset_info import DATASET_INFO

ARRAYS = {
    "model/0000": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4),
    "model/0001": np.array([7, 2**32 - 1], np.uint32),
    "model/0002": np.array([3, -(2**62)], np.int64),
    "model/0003": np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1),
    "model/0004": np.arange(20, dtype=np.float32)[::-2],
    "model/0005": np.array([np.nan, np.inf, -0.0, 1e-45], np.float32),
    "model/0006": np.zeros((0, 3), np.float32),
    "optimizer/0000": np.array(41, np.int32),
    "optimizer/0001": np.array(1e-3, np.float32),
    "optimizer/0002": np.array([True, False]),
    "optimizer/0003": np.array([1.5, 2.5], np.float16),
}


def make_checkpoint(step: int = 12, **changes: Any) -> Checkpoint:
    """A checkpoint of a step."""
    facts: dict[str, Any] = {
        "step": step,
        "experiment": load_text("data: {name: digits}\nmodel: {name: mlp}\n", "x.yaml").experiment,
        "info": DATASET_INFO["digits"],
        "arrays": ARRAYS,
        "state": {"step": step, "seconds": 0.1 + 0.2, "best": None, "validation": {"loss": 1 / 3}},
        "structure": "0123456789abcdef",
        "environment": {
            "packages": {"dltrain": "1.2.3"},
            "threads": {"intra_op": 2, "inter_op": 1},
            "data": "0" * 64,
        },
    }
    return Checkpoint(**{**facts, **changes})


@pytest.fixture(scope="session")
def checkpoint() -> Callable[..., Checkpoint]:
    """``checkpoint(12)`` makes a checkpoint of step 12."""
    return make_checkpoint
