"""Generated examples in the shape of a real set, with something in them to learn.

They are the same for every run, as those of a real set are, and figures on them mean
nothing about the real one.
"""

from collections.abc import Callable

import numpy as np

from dltrain.data.examples import Columns
from dltrain.data.synthetic_audio import generate_audio
from dltrain.data.synthetic_numbers import (
    COARSE,
    enlarged,
    generate_float_images,
    generate_sequences,
)
from dltrain.data.synthetic_text import generate_text
from dltrain.dataset_info import DatasetInfo, Modality

SEED = 20_250_101
LARGEST_NOISE = 128


def generate(info: DatasetInfo) -> dict[str, Columns]:
    """Every stored split of a set, with ``info.num_examples`` examples, as a loader gives it."""
    return GENERATORS[info.modality](info)


def generate_images(info: DatasetInfo) -> dict[str, Columns]:
    """Each class has a coarse random pattern; an example is its class's pattern with noise."""
    if info.input_dtype == "float32":
        return generate_float_images(info)
    random = np.random.RandomState(SEED)
    height, width, channels = info.input_shape
    coarse = random.randint(0, 128, size=(info.num_classes, COARSE, COARSE, channels))
    patterns = enlarged(coarse, height, width).astype(np.uint8)
    return {split: _images(random, patterns, count) for split, count in info.num_examples.items()}


def _images(random: np.random.RandomState, patterns: np.ndarray, count: int) -> Columns:
    labels = random.randint(0, len(patterns), size=count).astype(np.int32)
    noise = random.randint(0, LARGEST_NOISE, size=(count, *patterns.shape[1:]), dtype=np.uint8)
    return {"inputs": patterns[labels] + noise, "labels": labels}


def generate_tables(info: DatasetInfo) -> dict[str, Columns]:
    """Normal columns; a random direction in them decides the class, or is the number."""
    random = np.random.RandomState(SEED)
    direction = random.normal(size=(*info.input_shape, max(2, info.num_classes)))
    return {
        split: _rows(random, direction, count, info) for split, count in info.num_examples.items()
    }


def _rows(
    random: np.random.RandomState, direction: np.ndarray, count: int, info: DatasetInfo
) -> Columns:
    inputs = random.normal(size=(count, *info.input_shape)).astype(np.float32)
    scores = inputs @ direction + 0.1 * random.normal(size=(count, direction.shape[1]))
    is_number = info.task == "regression"
    labels = scores[:, 0].astype(np.float32) if is_number else scores.argmax(1).astype(np.int32)
    return {"inputs": inputs, "labels": labels}


GENERATORS: dict[Modality, Callable[[DatasetInfo], dict[str, Columns]]] = {
    "image": generate_images,
    "table": generate_tables,
    "sequence": generate_sequences,
    "text": generate_text,
    "audio": generate_audio,
}
