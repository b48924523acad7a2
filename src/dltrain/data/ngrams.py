"""The sets of n-grams of texts: which runs of words a text has, not where or how often.

An n-gram can be no more frequent than the two shorter ones it is made of, all words but the
last and all but the first. So with equals put by length, the most frequent ones contain the
parts of each of them, and both counting and looking up go from one length to the next by pairs
of numbers (the idea of Agrawal and Srikant 1994, Fast algorithms for mining association rules).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dltrain.data.examples import Columns

Numbers = np.ndarray[Any, Any]

NGRAMS_VERSION = 1  # raise it when the same texts give other sets
_NONE = -1  # at a place where no n-gram that is known begins
_BASE = 2**31  # above any number of an n-gram; two of them fit into an int64


def most_frequent(columns: Columns, lexicon: Sequence[str], longest: int, size: int) -> list[str]:
    """The most frequent n-grams, by frequency; between equals length and then the alphabet decide.

    Args:
        columns: ``tokens`` and ``offsets`` of the texts to count in.
        lexicon: the words of the tokens.
        longest: most words of an n-gram.
        size: how many n-grams at most.

    Returns:
        Their words with a blank between them.
    """
    is_last = _is_last(columns["offsets"])
    grams = columns["tokens"].astype(np.int64)
    names: Sequence[str] = lexicon
    every = np.zeros(0, np.int64)  # how often each n-gram occurs, so far
    candidates: list[tuple[int, int, str]] = []
    for length in range(1, longest + 1):
        keys, counts = np.unique(grams[grams != _NONE], return_counts=True)
        every = np.concatenate([every, counts])
        is_kept = counts >= _threshold(every, size)
        keys, counts = keys[is_kept], counts[is_kept]
        names = [names[key] for key in keys] if length == 1 else _joined(names, keys)
        candidates += zip((-counts).tolist(), [length] * len(names), names, strict=True)
        grams = _pairs(_looked_up(grams, keys, np.arange(len(keys))), is_last)
    least = _threshold(every, size)
    frequent = sorted(candidate for candidate in candidates if -candidate[0] >= least)
    return [name for _, _, name in frequent[:size]]


def distinct(columns: Columns, lexicon: Iterable[str], vocabulary: Sequence[str]) -> Columns:
    """The n-grams of each text that are in a vocabulary, each once.

    Args:
        columns: ``tokens`` and ``offsets`` of texts.
        lexicon: the words of the tokens.
        vocabulary: n-grams by number, as `most_frequent` finds them among other entries.

    Returns:
        ``tokens``, int32: the numbers of each text's n-grams, the smallest first, one text after
        another; and ``offsets``.
    """
    offsets = columns["offsets"]
    ranks = {gram: rank for rank, gram in enumerate(vocabulary)}
    of_word = np.array([ranks.get(word, _NONE) for word in lexicon], np.int64)
    grams = of_word[columns["tokens"]]
    is_last, text = _is_last(offsets), np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    found = [_with_text(grams, text)]
    for keys, numbers in _tables(vocabulary, ranks):
        grams = _looked_up(_pairs(grams, is_last), keys, numbers)
        found.append(_with_text(grams, text))
    both = np.sort(np.concatenate(found))
    both = both[np.diff(both, prepend=_NONE) != 0]
    per_text = np.bincount(both // _BASE, minlength=len(offsets) - 1)
    return {
        "tokens": (both % _BASE).astype(np.int32),
        "offsets": np.concatenate([[0], np.cumsum(per_text)]).astype(np.int64),
    }


def _is_last(offsets: Numbers) -> Numbers:
    """Whether a token is the last of its text."""
    is_last = np.zeros(offsets[-1], bool)
    is_last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    return is_last


def _threshold(counts: Numbers, size: int) -> int:
    """How often the n-gram at rank ``size`` occurs."""
    return int(np.partition(counts, -size)[-size]) if len(counts) > size else 1


def _pairs(grams: Numbers, is_last: Numbers) -> Numbers:
    """At each place the n-gram longer by a word, as a pair of the two it is made of."""
    is_whole = (grams[:-1] != _NONE) & (grams[1:] != _NONE) & ~is_last[:-1]
    pairs = np.full_like(grams, _NONE)
    pairs[:-1][is_whole] = grams[:-1][is_whole] * _BASE + grams[1:][is_whole]
    return pairs


def _looked_up(grams: Numbers, keys: Numbers, numbers: Numbers) -> Numbers:
    """The number of the sorted key that each n-gram is, or none."""
    result = np.full_like(grams, _NONE)
    if len(keys):
        there = np.flatnonzero(grams != _NONE)
        place = np.minimum(np.searchsorted(keys, grams[there]), len(keys) - 1)
        is_known = keys[place] == grams[there]
        result[there[is_known]] = numbers[place[is_known]]
    return result


def _joined(names: Sequence[str], keys: Numbers) -> list[str]:
    """The words of n-grams that are pairs: those of the first, and the last of the second."""
    firsts, seconds = keys // _BASE, keys % _BASE
    return [
        f"{names[first]} {names[second].rpartition(' ')[2]}"
        for first, second in zip(firsts.tolist(), seconds.tolist(), strict=True)
    ]


def _tables(vocabulary: Sequence[str], ranks: dict[str, int]) -> list[tuple[Numbers, Numbers]]:
    """For each length from two words on the sorted pairs of numbers, and the number of each."""
    of_length: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for rank, gram in enumerate(vocabulary):
        length = gram.count(" ") + 1
        if length > 1:
            first, second = ranks.get(gram.rpartition(" ")[0]), ranks.get(gram.partition(" ")[2])
            if first is not None and second is not None:
                of_length[length].append((first * _BASE + second, rank))
    tables = [np.array(sorted(of_length[length]), np.int64) for length in sorted(of_length)]
    return [(table[:, 0], table[:, 1]) for table in tables]


def _with_text(grams: Numbers, text: Numbers) -> Numbers:
    """Each n-gram there is with its text before it, in one number."""
    is_there = grams != _NONE
    return text[is_there] * _BASE + grams[is_there]
