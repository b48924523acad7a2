"""Generated images, tables and sequences are the same for everybody and have something in them to learn."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dltrain.data.examples import fingerprint
from dltrain.data.synthetic import generate
from dltrain.dataset_info import DATASET_INFO, DatasetInfo

COUNTS = {"train": 1000, "test": 300}
SMALL = {
    name: replace(info, num_examples=COUNTS)
    for name, info in DATASET_INFO.items()
    if info.modality in {"image", "table"}
}
NUMBERS = DatasetInfo(
    name="arrays",
    modality="sequence",
    task="regression",
    input_shape=(6, 2),
    input_dtype="float32",
    num_examples=COUNTS,
)
CLASSES = replace(NUMBERS, task="multiclass", class_names=("a", "b", "c"))
SMALL |= {
    "number of a sequence": NUMBERS,
    "class of a sequence": CLASSES,
    "number of an image": replace(NUMBERS, modality="image", input_shape=(3, 5, 1)),
    "class of an image": replace(CLASSES, modality="image", input_shape=(9, 4, 2)),
}


def test_deterministic() -> None:
    """Two calls generate the same bits, those of every other machine."""
    info = DATASET_INFO["digits"]
    assert fingerprint(generate(info)) == fingerprint(generate(info))
    assert fingerprint(generate(info))[:16] == "ba9b90f404dd7eb0"


@pytest.mark.parametrize("name", SMALL)
def test_learnable(name: str) -> None:
    """A least-squares fit is right for most test examples, or explains most of the number."""
    info, stored = SMALL[name], generate(SMALL[name])
    train, test = (_features(stored[split]["inputs"]) for split in ("train", "test"))
    labels, truth = stored["train"]["labels"], stored["test"]["labels"]
    if info.task == "regression":
        guess = test @ np.linalg.lstsq(train, labels, rcond=None)[0]
        assert np.corrcoef(guess, truth)[0, 1] > 0.99
    else:
        fit = np.linalg.lstsq(train, np.eye(info.num_classes)[labels], rcond=None)[0]
        assert np.mean((test @ fit).argmax(axis=1) == truth) > 0.9


def _features(inputs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Some hundred of the values of every example, and a constant."""
    flat = inputs.reshape(len(inputs), -1).astype(np.float64)
    some = flat[:, :: 1 + flat.shape[1] // 300]
    return np.c_[some, np.ones(len(some))]


@pytest.mark.parametrize("name", SMALL)
def test_not_trivial(name: str) -> None:
    """No two examples are alike, so that a memory of the training set does not help."""
    inputs = generate(SMALL[name])["train"]["inputs"]
    assert len({row.tobytes() for row in inputs}) == 1000
