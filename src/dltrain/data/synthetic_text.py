"""Generated texts: invented words, of which some give the class away.

Words are as unevenly frequent as in a language (Zipf). About three in ten are opinions,
most of them of the text's own class: counting words tells the classes apart.
"""

from typing import Any

import numpy as np

from dltrain.data.examples import Columns
from dltrain.data.tokens import pack_words
from dltrain.dataset_info import DatasetInfo

SEED = 20_250_103  # the set is the same for every run, as a real set is
COMMON_WORDS = 3_000
OPINIONS = 40  # words per class
OPINION_SHARE = 0.3
OWN_CLASS_SHARE = 0.85  # of the opinions; the others are of any class
SHORTEST, LONGEST = 5, 60  # words of most texts
LONG_SHARE, LONG_FACTOR = 0.03, 10

Numbers = np.ndarray[Any, Any]


def generate_text(info: DatasetInfo) -> dict[str, Columns]:
    """Every stored split as numbered words, as many texts as `info.num_examples` says.

    Returns:
        ``tokens`` int32, ``offsets`` int64 and ``labels`` int32 per split, and the group
        ``lexicon``: the layout of `dltrain.data.imdb`.
    """
    random = np.random.RandomState(SEED)
    lexicon = _invented_words(random, COMMON_WORDS + OPINIONS * info.num_classes)
    splits = {
        split: _split(random, info.num_classes, count) for split, count in info.num_examples.items()
    }
    return {**splits, "lexicon": pack_words(lexicon)}


def _invented_words(random: np.random.RandomState, count: int) -> list[str]:
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    words = [first + second for first in syllables for second in syllables]
    return [words[index] for index in random.permutation(len(words))[:count]]


def _split(random: np.random.RandomState, classes: int, count: int) -> Columns:
    labels = random.randint(0, classes, size=count).astype(np.int32)
    lengths = random.randint(SHORTEST, LONGEST + 1, size=count)
    lengths[random.random_sample(count) < LONG_SHARE] *= LONG_FACTOR
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    label_of_token = np.repeat(labels, lengths)
    total = len(label_of_token)
    is_opinion = random.random_sample(total) < OPINION_SHARE
    is_own = random.random_sample(total) < OWN_CLASS_SHARE
    side = np.where(is_own, label_of_token, random.randint(0, classes, size=total))
    opinions = COMMON_WORDS + side * OPINIONS + _zipf(random, OPINIONS, total)
    tokens = np.where(is_opinion, opinions, _zipf(random, COMMON_WORDS, total))
    return {"tokens": tokens.astype(np.int32), "offsets": offsets, "labels": labels}


def _zipf(random: np.random.RandomState, words: int, count: int) -> Numbers:
    """Draw word numbers; word number `n` is `n + 1` times rarer than the first."""
    reach = np.cumsum(1.0 / np.arange(1, words + 1))
    return np.searchsorted(reach[:-1], random.random_sample(count) * reach[-1], side="right")
