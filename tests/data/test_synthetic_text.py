"""Generated texts are the same for everybody and tell their class by their words."""

import numpy as np
import pytest

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import ImdbConfig
from dltrain.data.examples import Columns, fingerprint
from dltrain.data.synthetic_text import generate_text
from dltrain.data.tokens import unpack_words, words_of

INFO = info_of(ImdbConfig(name="imdb", synthetic=True))


@pytest.fixture(scope="module")
def stored() -> dict[str, Columns]:
    """The generated splits and their lexicon."""
    return generate_text(INFO)


def counts_of(columns: Columns, texts: int, words: int) -> np.ndarray:
    """How often each word occurs in each of the first texts, as a part of its length."""
    offsets = columns["offsets"][: texts + 1]
    lengths = np.diff(offsets)
    counts = np.zeros((texts, words))
    rows = np.repeat(np.arange(texts), lengths)
    np.add.at(counts, (rows, columns["tokens"][: offsets[-1]]), 1.0)
    return counts / lengths[:, np.newaxis]


def test_deterministic(stored: dict[str, Columns]) -> None:
    """Two calls generate the same bits, those of every other machine."""
    assert fingerprint(generate_text(INFO)) == fingerprint(stored)
    assert fingerprint(stored)[:16] == "2f642898b17bd5a8"


def test_layout(stored: dict[str, Columns]) -> None:
    """They are stored as real texts are: numbered words, offsets, labels, a lexicon."""
    words = unpack_words(stored["lexicon"])
    assert all(words_of(word) == [word] for word in words)
    assert len(set(words)) == len(words) == 3080
    for split, count in INFO.num_examples.items():
        columns = stored[split]
        dtypes = {name: str(array.dtype) for name, array in columns.items()}
        assert dtypes == {"tokens": "int32", "offsets": "int64", "labels": "int32"}
        assert len(columns["labels"]) == len(columns["offsets"]) - 1 == count
        assert columns["offsets"][0] == 0
        assert columns["offsets"][-1] == len(columns["tokens"])
        assert 0 <= columns["tokens"].min() <= columns["tokens"].max() < len(words)
        assert np.bincount(columns["labels"]).min() > 0.45 * count


def test_lengths(stored: dict[str, Columns]) -> None:
    """Most texts have 5 to 60 words, and a few are longer than a model reads."""
    lengths = np.diff(stored["train"]["offsets"])
    assert lengths.min() == 5
    assert 0.95 < np.mean(lengths <= 60) < 0.99
    assert 0 < np.mean(lengths > 400) < 0.03


def test_learnable(stored: dict[str, Columns]) -> None:
    """The nearest class mean of 500 texts is right for more than nine in ten of as many test texts."""
    words = len(unpack_words(stored["lexicon"]))
    labels = stored["train"]["labels"][:500]
    train, test = (counts_of(stored[split], 500, words) for split in ("train", "test"))
    means = np.stack([train[labels == label].mean(axis=0) for label in range(2)])
    scores = test @ means.T - 0.5 * (means**2).sum(axis=1)  # nearest by Euclidean distance
    assert np.mean(scores.argmax(axis=1) == stored["test"]["labels"][:500]) > 0.9


def test_no_text_twice(stored: dict[str, Columns]) -> None:
    """No two texts are alike, so that a memory of the training set does not help."""
    rows = [
        row.tobytes()
        for split in INFO.num_examples
        for row in np.split(stored[split]["tokens"], stored[split]["offsets"][1:-1])
    ]
    assert len(set(rows)) == len(rows) == sum(INFO.num_examples.values())
