"""Which n-grams are the most frequent, and which of them each text has."""

from collections import Counter

import numpy as np
import pytest

from dltrain.data.examples import Columns
from dltrain.data.ngrams import distinct, most_frequent
from dltrain.data.tokens import new_lexicon, number_words

TEXTS = ["a b a b c", "b c", "", "c", "a b c a"]


def stored(texts: list[str]) -> tuple[Columns, list[str]]:
    """Texts as numbered words, and the words."""
    lexicon = new_lexicon()
    return number_words(texts, lexicon), list(lexicon)


def ngrams_of(text: str, longest: int) -> list[str]:
    """All n-grams of a text, with repetitions, the plain way."""
    words = text.split()
    return [
        " ".join(words[start : start + length])
        for length in range(1, longest + 1)
        for start in range(len(words) - length + 1)
    ]


def counted(texts: list[str], longest: int, size: int) -> list[str]:
    """The most frequent n-grams, the plain way."""
    counts = Counter(gram for text in texts for gram in ngrams_of(text, longest))
    ranked = sorted(counts, key=lambda gram: (-counts[gram], gram.count(" "), gram))
    return ranked[:size]


def random_texts() -> list[str]:
    """Sixty texts of up to thirty words, a few of them frequent."""
    random = np.random.default_rng(0)
    lengths = random.integers(0, 30, 60)
    return [" ".join(f"w{n}" for n in random.geometric(0.2, length)) for length in lengths]


def test_by_hand() -> None:
    """Frequency ranks n-grams; between equals the shorter one, then the alphabet, comes first."""
    columns, lexicon = stored(TEXTS)
    assert most_frequent(columns, lexicon, 2, 6) == ["a", "b", "c", "a b", "b c", "b a"]
    assert most_frequent(columns, lexicon, 1, 9) == ["a", "b", "c"]


@pytest.mark.parametrize("longest", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [1, 5, 40, 200, 100_000])
def test_most_frequent(longest: int, size: int) -> None:
    """They are those found by counting all; what is left out early is never among them."""
    texts = random_texts()
    columns, lexicon = stored(texts)
    assert most_frequent(columns, lexicon, longest, size) == counted(texts, longest, size)


@pytest.mark.parametrize("size", [5, 40, 200])
def test_distinct(size: int) -> None:
    """A text has every n-gram of the vocabulary that is in it, once, the most frequent first."""
    texts = random_texts()
    vocabulary = counted(texts[:40], 3, size)
    columns, lexicon = stored(texts)
    bags = distinct(columns, lexicon, vocabulary)
    assert (bags["tokens"].dtype, bags["offsets"].dtype) == (np.int32, np.int64)
    for index, text in enumerate(texts):
        found = bags["tokens"][bags["offsets"][index] : bags["offsets"][index + 1]]
        expected = {vocabulary.index(gram) for gram in ngrams_of(text, 3) if gram in vocabulary}
        assert found.tolist() == sorted(expected)


def test_no_ngram_crosses_texts() -> None:
    """The end of one text and the beginning of the next are no n-gram, empty texts or not."""
    columns, lexicon = stored(["x", "y", "", "x"])
    assert most_frequent(columns, lexicon, 3, 9) == ["x", "y"]
    bags = distinct(columns, lexicon, ["x", "y", "x y", "y x"])
    assert bags["tokens"].tolist() == [0, 1, 0]
    assert bags["offsets"].tolist() == [0, 1, 2, 2, 3]


def test_a_part_is_not_in_the_vocabulary() -> None:
    """An n-gram without its parts in the vocabulary is not found, and disturbs no other."""
    columns, lexicon = stored(["x y z"])
    bags = distinct(columns, lexicon, ["x", "x y", "y", "x y z"])
    assert bags["tokens"].tolist() == [0, 1, 2]


def test_nothing_to_count() -> None:
    """No words have no n-grams."""
    columns, lexicon = stored(["", ""])
    assert most_frequent(columns, lexicon, 3, 5) == []
    assert distinct(columns, lexicon, ["x", "x y"])["offsets"].tolist() == [0, 0, 0]
