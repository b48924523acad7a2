"""What a word is, and how texts of all lengths are stored."""

import numpy as np
import pytest

from dltrain.data.tokens import new_lexicon, number_words, pack_words, unpack_words, words_of

TEXTS = {
    "A GREAT Film.": ["a", "great", "film"],
    "One.<br /><br />Two": ["one", "two"],
    'an <a href="x">old</a><HR>link': ["an", "old", "link"],
    "&lt;br /&gt;shown": ["shown"],
    "caf&eacute; &Eacute;t&eacute; R&amp;B": ["café", "été", "r", "b"],
    "I <3 it, < 90 minutes > 80": ["i", "3", "it", "90", "minutes", "80"],
    "don't DON’T don`t don´t don\x92t": ["don't"] * 5,  # noqa: RUF001
    "'quoted' 'tis rock'n'roll the actors' ''": [
        *("quoted", "tis", "rock'n'roll", "the", "actors"),
    ],
    "well-made _really_ 10/10 80's": ["well", "made", "really", "10", "10", "80's"],
    "What?! No!": ["what", "?", "!", "no", "!"],
    "naïve \x96 ...\x85 Ünter 東京": ["naïve", "ünter", "東京"],
    " . , -- <br />": [],
    "": [],
}


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_words(text: str) -> None:
    """Words are in lower case, tags and entities gone, apostrophes alike, ``!`` and ``?`` kept."""
    assert words_of(text) == TEXTS[text]


def test_numbers() -> None:
    """Words are numbered as they are met, and a text without words is an empty row."""
    lexicon = new_lexicon()
    first = number_words(["b a b", "", "c!"], lexicon)
    second = number_words(["a d"], lexicon)
    assert first["tokens"].tolist() == [0, 1, 0, 2, 3]
    assert first["offsets"].tolist() == [0, 3, 3, 5]
    assert second["tokens"].tolist() == [1, 4]
    assert list(lexicon) == ["b", "a", "c", "!", "d"]
    assert (first["tokens"].dtype, first["offsets"].dtype) == (np.int32, np.int64)


def test_no_texts() -> None:
    """Nothing has no words."""
    columns = number_words([], new_lexicon())
    assert columns["tokens"].tolist() == []
    assert columns["offsets"].tolist() == [0]


@pytest.mark.parametrize("words", [[], ["a"], ["the", "café", "don't", "東京", "!"]], ids=len)
def test_packed(words: list[str]) -> None:
    """Words come back from their bytes."""
    packed = pack_words(words)
    assert packed["words"].dtype == np.uint8
    assert unpack_words(packed) == words
