"""Generated examples in the shape of a real set, with something in them to learn.

Each class has a coarse random pattern of its own; an example is its class's pattern with
noise. A small network separates them almost perfectly within a few dozen steps.
"""

import numpy as np

from dltrain.data.examples import Examples
from dltrain.dataset_info import DatasetInfo

COARSE = 4  # patterns have COARSE x COARSE patches, so that convolutions see them too
SEED = 20_250_101  # the set is the same for every run, as a real set is
LARGEST_NOISE = 128


def generate(info: DatasetInfo) -> dict[str, Examples]:
    """Every stored split of a set, as many examples as the real one has."""
    random = np.random.RandomState(SEED)
    height, width, channels = info.input_shape
    coarse = random.randint(0, 128, size=(info.num_classes, COARSE, COARSE, channels))
    rows = np.arange(height) * COARSE // height
    columns = np.arange(width) * COARSE // width
    patterns = coarse[:, rows][:, :, columns].astype(np.uint8)
    return {split: _split(random, patterns, count) for split, count in info.num_examples.items()}


def _split(random: np.random.RandomState, patterns: np.ndarray, count: int) -> Examples:
    labels = random.randint(0, len(patterns), size=count).astype(np.int32)
    noise = random.randint(0, LARGEST_NOISE, size=(count, *patterns.shape[1:]), dtype=np.uint8)
    return Examples(patterns[labels] + noise, labels)
