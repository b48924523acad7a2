"""Generated sequences and images of real numbers, with something in them to learn.

Each class has a pattern of its own; where a number is asked for, one pattern is as strong as
the number says. An example is its pattern with noise.
"""

from typing import Any

import numpy as np

from dltrain.data.examples import Columns
from dltrain.dataset_info import DatasetInfo

SEED = 20_250_105  # the set is the same for every run, as a real set is
COARSE = 4  # patterns of images have COARSE x COARSE patches, so that convolutions see them too
NOISE = 0.2  # standard deviation; that of the patterns is about 1

Array = np.ndarray[Any, Any]


def generate_sequences(info: DatasetInfo) -> dict[str, Columns]:
    """Every stored split of ``(steps, features)`` float32: a level and a trend per feature."""
    random = np.random.RandomState(SEED)
    steps, features = info.input_shape
    level, trend = random.normal(size=(2, max(1, info.num_classes), 1, features))
    return _splits(random, level + trend * np.linspace(-1.0, 1.0, steps)[:, np.newaxis], info)


def generate_float_images(info: DatasetInfo) -> dict[str, Columns]:
    """Every stored split of ``(height, width, channels)`` float32: coarse patches."""
    random = np.random.RandomState(SEED)
    height, width, channels = info.input_shape
    coarse = random.normal(size=(max(1, info.num_classes), COARSE, COARSE, channels))
    return _splits(random, enlarged(coarse, height, width), info)


def enlarged(coarse: Array, height: int, width: int) -> Array:
    """Patterns of ``(classes, COARSE, COARSE, channels)`` patches as images of the given size."""
    rows, columns = (np.arange(length) * COARSE // length for length in (height, width))
    image: Array = coarse[:, rows][:, :, columns]
    return image


def _splits(
    random: np.random.RandomState, patterns: Array, info: DatasetInfo
) -> dict[str, Columns]:
    return {
        split: _noisy(random, patterns, count, is_number=info.task == "regression")
        for split, count in info.num_examples.items()
    }


def _noisy(
    random: np.random.RandomState, patterns: Array, count: int, *, is_number: bool
) -> Columns:
    if is_number:
        labels = random.normal(size=count).astype(np.float32)
        clean = np.multiply.outer(labels, patterns[0])
    else:
        labels = random.randint(0, len(patterns), size=count).astype(np.int32)
        clean = patterns[labels]
    noise = NOISE * random.normal(size=clean.shape)
    return {"inputs": (clean + noise).astype(np.float32), "labels": labels}
