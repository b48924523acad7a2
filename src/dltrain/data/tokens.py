"""From texts to words, and texts of all lengths side by side without padding.

A lexicon numbers every word that occurs, in the order they are met. It is only a compact
way to store texts; which words a model tells apart is its vocabulary, see
`dltrain.data.text`.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from dltrain.data.examples import Columns

TOKENS_VERSION = 1  # raise it when the words found in a text change

# A letter must follow, so that "<3" and "< 90 minutes" stay text.
_TAG = re.compile(r"</?[a-z][^<>]*>")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[!?]")
# What people type for an apostrophe, in Latin-1 and the Windows code page too.
_APOSTROPHES = str.maketrans(dict.fromkeys("`´‘’\x91\x92", "'"))  # noqa: RUF001


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, with ``!`` and ``?`` as words of their own.

    A word is letters and digits with inner apostrophes. HTML entities are what they stand
    for, tags are blanks.
    """
    if "&" in text:
        text = html.unescape(text)  # before lower(): the names of entities know capitals
    plain = _TAG.sub(" ", text.lower().translate(_APOSTROPHES))
    return _TOKEN.findall(plain)


def new_lexicon() -> dict[str, int]:
    """A dict that gives every new word the next number."""
    lexicon: defaultdict[str, int] = defaultdict()
    lexicon.default_factory = lexicon.__len__
    return lexicon


def number_words(texts: Iterable[str], lexicon: dict[str, int]) -> Columns:
    """Number the words of texts; new words are added to the lexicon.

    Args:
        texts: in the order they are to be stored.
        lexicon: from `new_lexicon`.

    Returns:
        ``tokens``, int32: the words of all texts one after another; and ``offsets``, int64,
        one more than there are texts: text ``i`` is ``tokens[offsets[i]:offsets[i + 1]]``.
    """
    rows = [_numbers(words_of(text), lexicon) for text in texts]
    lengths = np.array([0, *map(len, rows)], np.int64)
    return {
        "tokens": np.concatenate([np.zeros(0, np.int32), *rows]),
        "offsets": np.cumsum(lengths),
    }


def _numbers(words: list[str], lexicon: dict[str, int]) -> np.ndarray[Any, Any]:
    return np.fromiter(map(lexicon.__getitem__, words), np.int32, count=len(words))


def pack_words(words: Iterable[str]) -> Columns:
    """Words as one array of bytes: UTF-8, a line each, so that no pickle is needed."""
    return {"words": np.frombuffer("\n".join(words).encode(), np.uint8)}


def unpack_words(packed: Columns) -> list[str]:
    """The words `pack_words` was given, in their order."""
    text = packed["words"].tobytes().decode()
    return text.split("\n") if text else []
