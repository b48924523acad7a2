"""A vocabulary of the training part alone, and rows of one length."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from decoded_texts import stored_of

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import ImdbConfig
from dltrain.data.text import encode, prepare_text

TEXTS = {
    "train": ["b b c a", "only here <br />", "a B b!", "...", "a c"],
    "test": ["c b secret a b", ""],
}
TRAIN = np.array([0, 2, 3, 4])  # text 1 is for validation


def config_of(**options: Any) -> ImdbConfig:
    """A data section for short texts."""
    return ImdbConfig(**{"name": "imdb", "sequence_length": 4, **options})


def prepare(config: ImdbConfig, texts: dict[str, list[str]] = TEXTS, **trained: Any) -> Any:
    """The rows of each split, and what is known then."""
    known = replace(info_of(config), **trained) if trained else None
    examples, info = prepare_text(config, info_of(config), stored_of(texts), TRAIN, known)
    return {split: part.inputs for split, part in examples.items()}, info


def test_vocabulary() -> None:
    """Words are ranked by frequency in the training part; the alphabet decides between equals."""
    _, info = prepare(config_of())
    # b 4 times, a 3, c 2, ! once
    assert info.vocabulary == ("[PAD]", "[UNK]", "b", "a", "c", "!")
    assert info.vocab_size == 20_000


def test_ties() -> None:
    """Equally frequent words come in one order, whatever order they are met in."""
    first, second = "z y x é !", "! x z é y"
    vocabularies = {
        prepare(config_of(), {"train": [text, "", "", "", ""], "test": [""]})[1].vocabulary
        for text in (first, second)
    }
    assert vocabularies == {("[PAD]", "[UNK]", "!", "x", "y", "z", "é")}


def test_vocab_size() -> None:
    """Only the most frequent words are told apart, padding and the unknown word included."""
    rows, info = prepare(config_of(vocab_size=4))
    assert info.vocabulary == ("[PAD]", "[UNK]", "b", "a")
    assert rows["train"][0].tolist() == [2, 2, 1, 3]


def test_only_the_training_part_is_known() -> None:
    """A word of validation or test texts alone is unknown, and changes no number of another."""
    rows, info = prepare(config_of())
    assert {"only", "here", "secret"}.isdisjoint(info.vocabulary)
    assert rows["train"][1].tolist() == [1, 1, 0, 0]
    assert rows["test"][0].tolist() == [4, 2, 1, 3]
    flooded = {**TEXTS, "test": ["secret c " * 50, "secret"]}
    flooded["train"] = [TEXTS["train"][0], "c here " * 50, *TEXTS["train"][2:]]
    assert prepare(config_of(), flooded)[1].vocabulary == info.vocabulary


ROWS = {
    ("end", "end"): ([4, 2, 1], [2, 1, 0]),
    ("end", "start"): ([4, 2, 1], [0, 2, 1]),
    ("start", "end"): ([1, 3, 2], [2, 1, 0]),
    ("start", "start"): ([1, 3, 2], [0, 2, 1]),
}


@pytest.mark.parametrize(("cut", "pad"), ROWS)
def test_cut_and_pad(cut: str, pad: str) -> None:
    """Long texts lose the end that is named, short ones are padded at the end that is named."""
    config = config_of(sequence_length=3, cut=cut, pad=pad)
    rows, _ = prepare(config, {**TEXTS, "test": ["c b secret a b", "b secret", "a b c"]})
    long, short = ROWS[cut, pad]
    assert rows["test"].tolist() == [long, short, [3, 2, 4]]


@pytest.mark.parametrize(("pad", "row"), [("end", [1, 0, 0, 0]), ("start", [0, 0, 0, 1])])
def test_empty_text(pad: str, row: list[int]) -> None:
    """A text without words is one unknown word, for no row may be padding alone."""
    rows, _ = prepare(config_of(pad=pad))
    assert rows["train"][3].tolist() == row
    assert rows["test"][1].tolist() == row


def test_shapes() -> None:
    """Inputs are int32 of one length, with the labels they came with."""
    config = config_of(sequence_length=7)
    stored = stored_of(TEXTS)
    examples, info = prepare_text(config, info_of(config), stored, TRAIN, None)
    assert list(examples) == ["train", "test"]
    for split, part in examples.items():
        assert part.inputs.shape == (len(TEXTS[split]), *info.input_shape)
        assert part.inputs.dtype == np.int32
        assert part.labels is stored[split]["labels"]


def test_nothing_to_count() -> None:
    """Training texts without any word leave every word unknown."""
    rows, info = prepare(config_of(), {"train": [""] * 5, "test": ["a b"]})
    assert info.vocabulary == ("[PAD]", "[UNK]")
    assert rows["test"].tolist() == [[1, 1, 0, 0]]


def test_trained_with() -> None:
    """A checkpoint's vocabulary is used as it is; nothing is counted."""
    vocabulary = ("[PAD]", "[UNK]", "secret", "a")
    rows, info = prepare(config_of(), vocabulary=vocabulary)
    assert info.vocabulary == vocabulary
    assert rows["test"][0].tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize("cut", ["start", "end"])
@pytest.mark.parametrize("pad", ["start", "end"])
def test_raw_texts(cut: str, pad: str) -> None:
    """Raw texts become the very rows the stored ones are."""
    config = config_of(cut=cut, pad=pad)
    rows, info = prepare(config)
    for split, texts in TEXTS.items():
        encoded = encode(texts, info.vocabulary, config)
        np.testing.assert_array_equal(encoded, rows[split])
        assert encoded.dtype == np.int32


def test_no_raw_texts() -> None:
    """No texts are no rows."""
    assert encode([], ("[PAD]", "[UNK]"), config_of()).shape == (0, 4)
