"""Random numbers with random classes that have nothing to do with them."""

from typing import Any

import numpy as np

from dltrain.config.schema import RandomConfig
from dltrain.data.examples import Columns
from dltrain.dataset_info import DatasetInfo

SEED = 20_250_104  # the set is the same for every run, as a real set is
STREAMS = {"train": 0, "test": 1}
GRID = 2**24  # float32 has every multiple of 1/GRID in [0, 1); a rounded double could be 1


def make(config: RandomConfig, info: DatasetInfo) -> dict[str, Columns]:
    """Numbers in [0, 1) and equally likely classes, drawn independently.

    More examples only add to those of fewer: inputs, labels and splits have a stream of
    random numbers each.
    """
    return {
        split: {
            "inputs": _uniform(split, (count, *info.input_shape)),
            "labels": _stream(split, "labels").randint(0, config.classes, count, np.int32),
        }
        for split, count in info.num_examples.items()
    }


def _uniform(split: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    whole = _stream(split, "inputs").randint(0, GRID, shape, np.int32)
    return whole.astype(np.float32) / np.float32(GRID)


def _stream(split: str, column: str) -> np.random.RandomState:
    return np.random.RandomState([SEED, STREAMS[split], column == "labels"])
