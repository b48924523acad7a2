"""The film reviews, as they are read from tensorflow-datasets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import ImdbConfig
from dltrain.data import imdb, tfds_source
from dltrain.data.decode_cache import load_or_decode
from dltrain.data.examples import Columns
from dltrain.data.text import encode, prepare_text
from dltrain.data.tokens import unpack_words, words_of

REVIEWS = {
    "train": [b"Great!<br />Great film", "Déjà vu".encode()],
    "test": [b"A great film?"],
}


def read(name: str, split: str, data_dir: Path) -> dict[str, Any]:
    """A prepared set of three reviews."""
    assert (name, data_dir) == ("imdb_reviews", Path("data"))
    texts = REVIEWS[split]
    return {"text": np.array(texts, object), "label": np.arange(len(texts))}


def test_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both splits are numbered into one lexicon, in the prepared order, with int32 labels."""
    monkeypatch.setattr(tfds_source, "read", read)
    stored = imdb.decode(Path("data"))
    assert set(stored) == {"train", "test", "lexicon"}
    words = unpack_words(stored["lexicon"])
    assert words == ["great", "!", "film", "déjà", "vu", "a", "?"]
    assert stored["train"]["tokens"].tolist() == [0, 1, 0, 2, 3, 4]
    assert stored["train"]["offsets"].tolist() == [0, 4, 6]
    assert stored["test"]["tokens"].tolist() == [5, 0, 2, 6]
    assert stored["train"]["labels"].tolist() == [0, 1]
    assert {str(array.dtype) for group in stored.values() for array in group.values()} == {
        *("int32", "int64", "uint8")
    }


def test_source_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another prepared set and other rules for words are other entries of the decode cache."""
    keys = set()
    for prepared, version in (("one", 1), ("two", 1), ("two", 2)):
        monkeypatch.setattr(tfds_source, "prepared_key", lambda *_, key=prepared, **__: key)
        monkeypatch.setattr(imdb, "TOKENS_VERSION", version)
        keys.add(imdb.source_key(Path("data"), offline=True))
    assert len(keys) == 3


@pytest.fixture(scope="module")
def reviews(
    real_data_dir: Callable[[str], Path],
    tensorflow: None,  # noqa: ARG001 - prepared before tensorflow-datasets starts it
) -> Callable[[], dict[str, Columns]]:
    """A function that gives the real reviews through the cache the tests share."""
    data_dir = real_data_dir("imdb_reviews")

    def load() -> dict[str, Columns]:
        key = imdb.source_key(data_dir, offline=True)
        return load_or_decode("imdb", key, lambda: imdb.decode(data_dir)).stored

    return load


@pytest.mark.real_data
def test_real_reviews(reviews: Callable[[], dict[str, Columns]]) -> None:
    """25,000 reviews each, half of them praise, and no trace of markup among the words."""
    stored = reviews()
    for split in ("train", "test"):
        assert np.bincount(stored[split]["labels"]).tolist() == [12_500, 12_500]
        assert len(stored[split]["offsets"]) == 25_001
        assert stored[split]["offsets"][-1] == len(stored[split]["tokens"])
        assert np.diff(stored[split]["offsets"]).min() > 0
    words = unpack_words(stored["lexicon"])
    assert len(words) == len(set(words))
    assert all(words_of(word) == [word] for word in words)
    occurrences = np.bincount(stored["train"]["tokens"], minlength=len(words))
    assert occurrences[words.index("br")] < 10  # of 101,870 tags


@pytest.mark.real_data
def test_real_vocabulary(reviews: Callable[[], dict[str, Columns]]) -> None:
    """The most frequent words are those of English, and few words are unknown."""
    stored, config = reviews(), ImdbConfig(name="imdb")
    examples, info = prepare_text(config, info_of(config), stored, np.arange(22_500), None)
    assert info.vocabulary[:8] == ("[PAD]", "[UNK]", "the", "and", "a", "of", "to", "is")
    assert {"movie", "film", "!", "?", "don't"} <= set(info.vocabulary[:100])
    assert len(info.vocabulary) == 20_000
    inputs = examples["test"].inputs
    assert inputs.shape == (25_000, 400)
    assert np.mean(inputs == 1) < 0.03
    assert np.all((inputs > 0).any(axis=1))


@pytest.mark.real_data
def test_real_text_encoded(
    reviews: Callable[[], dict[str, Columns]], real_data_dir: Callable[[str], Path]
) -> None:
    """The raw text of a review becomes the row that was stored for it."""
    import tensorflow_datasets as tfds

    stored, config = reviews(), ImdbConfig(name="imdb", cut="start", pad="start")
    examples, info = prepare_text(config, info_of(config), stored, np.arange(100), None)
    builder = tfds.builder("imdb_reviews", data_dir=real_data_dir("imdb_reviews"))
    some = tfds.as_numpy(builder.as_dataset(split="test[:50]", batch_size=-1, shuffle_files=False))
    encoded = encode((text.decode() for text in some["text"]), info.vocabulary, config)
    np.testing.assert_array_equal(encoded, examples["test"].inputs[:50])
    np.testing.assert_array_equal(some["label"], examples["test"].labels[:50])
