"""Generated data is the same for everybody and has something in it to learn."""

import numpy as np
import pytest

from dltrain.data.examples import fingerprint
from dltrain.data.synthetic import generate
from dltrain.dataset_info import DATASET_INFO


def test_deterministic() -> None:
    """Two calls generate the same bits, those of every other machine."""
    info = DATASET_INFO["digits"]
    assert fingerprint(generate(info)) == fingerprint(generate(info))
    assert fingerprint(generate(info))[:16] == "028c7c68b6579680"


@pytest.mark.parametrize("name", DATASET_INFO)
def test_learnable(name: str) -> None:
    """The nearest class mean is right for more than nine test examples in ten."""
    info = DATASET_INFO[name]
    stored = generate(info)
    train, test = stored["train"].inputs[:1000], stored["test"].inputs[:300]
    train, test = (part.reshape(len(part), -1).astype(np.float32) for part in (train, test))
    labels = stored["train"].labels[:1000]
    means = np.stack([train[labels == label].mean(axis=0) for label in range(info.num_classes)])
    distances = ((test[:, np.newaxis] - means) ** 2).sum(axis=2)
    assert np.mean(distances.argmin(axis=1) == stored["test"].labels[:300]) > 0.9


@pytest.mark.parametrize("name", DATASET_INFO)
def test_not_trivial(name: str) -> None:
    """No two examples are alike, so that a memory of the training set does not help."""
    inputs = generate(DATASET_INFO[name])["train"].inputs[:1000]
    assert len({row.tobytes() for row in inputs}) == 1000
