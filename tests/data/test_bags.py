"""Bags of n-grams of the training part alone, cached, as rows of one length."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from decoded_texts import stored_of

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import ImdbConfig
from dltrain.data import bags
from dltrain.data.bags import Bags, prepare_bags
from dltrain.data.text import encode

TEXTS = {
    "train": ["good good film", "only here <br />", "a good film!", "...", "a bad film"],
    "test": ["bad bad good film secret", ""],
}
TRAIN = np.array([0, 2, 3, 4])  # text 1 is for validation


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path))
    return tmp_path


def config_of(**options: Any) -> ImdbConfig:
    """A data section for words and pairs of them."""
    return ImdbConfig(**{"name": "imdb", "sequence_length": 6, "ngrams": 2, **options})


def prepare(
    config: ImdbConfig, texts: dict[str, list[str]] = TEXTS, content: str = "x", **trained: Any
) -> Bags:
    """The rows of each split, and what is known then."""
    known = replace(info_of(config), **trained) if trained else None
    return prepare_bags(config, info_of(config), stored_of(texts), TRAIN, known, content)


def test_by_hand() -> None:
    """N-grams are ranked by frequency, and a text has each of its own once, the frequent first."""
    found = prepare(config_of(vocab_size=8))
    # film and good 3 times, a and 'good film' 2, then by the alphabet '!' and 'bad'
    assert found.info.vocabulary == ("[PAD]", "[UNK]", "film", "good", "a", "good film", "!", "bad")
    assert found.examples["train"].inputs[0].tolist() == [2, 3, 5, 0, 0, 0]
    assert found.examples["test"].inputs.tolist() == [[2, 3, 5, 7, 0, 0], [1, 0, 0, 0, 0, 0]]
    assert found.examples["test"].inputs.dtype == np.int32


def test_only_the_training_part_is_known() -> None:
    """What validation and test texts say changes no number of another text."""
    found = prepare(config_of())
    assert {"only", "here", "only here", "secret"}.isdisjoint(found.info.vocabulary)
    flooded = {**TEXTS, "test": ["secret film " * 50, "secret"]}
    flooded["train"] = [TEXTS["train"][0], "a bad " * 50, *TEXTS["train"][2:]]
    again = prepare(config_of(), flooded, content="y")
    assert again.info.vocabulary == found.info.vocabulary
    for text in TRAIN:
        assert (
            again.examples["train"].inputs[text].tolist()
            == found.examples["train"].inputs[text].tolist()
        )


def test_too_many(cache: Path) -> None:
    """Of more n-grams than a row holds the rarest are left out, or the most frequent by 'start'."""
    for cut, expected in (("end", [2, 3]), ("start", [5, 7])):
        found = prepare(config_of(vocab_size=8, sequence_length=2, cut=cut))
        assert found.examples["test"].inputs[0].tolist() == expected
    assert len(list(cache.glob("*/*/entry.json"))) == 1  # the length is no part of what is cached


def test_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same texts are read from the cache; other texts, n-grams and sizes have entries of their own."""
    first = prepare(config_of())

    def counted(*_: Any) -> list[str]:
        raise InterruptedError

    monkeypatch.setattr(bags, "most_frequent", counted)
    again = prepare(config_of())
    assert again.info == first.info
    assert again.examples["train"].inputs.tolist() == first.examples["train"].inputs.tolist()
    for config, content in (
        (config_of(), "y"),
        (config_of(ngrams=3), "x"),
        (config_of(vocab_size=7), "x"),
        (config_of(limit=4), "x"),  # a part, and what is generated, is not cached at all
        (config_of(synthetic=True), "x"),
    ):
        with pytest.raises(InterruptedError):
            prepare(config, content=content)


def test_trained_with() -> None:
    """A checkpoint's vocabulary is used as it is."""
    vocabulary = ("[PAD]", "[UNK]", "secret", "film", "film secret")
    found = prepare(config_of(), vocabulary=vocabulary)
    assert found.info.vocabulary == vocabulary
    assert found.examples["test"].inputs[0].tolist() == [2, 3, 4, 0, 0, 0]


def test_raw_texts() -> None:
    """Raw texts become the very rows the stored ones are."""
    found = prepare(config_of())
    for split, texts in TEXTS.items():
        rows = encode(texts, found.info.vocabulary, config_of())
        np.testing.assert_array_equal(rows, found.examples[split].inputs)
