"""What naive Bayes knows of each word before training begins (Wang and Manning 2012).

Baselines and Bigrams: Simple, Good Sentiment and Topic Classification,
https://aclanthology.org/P12-2018.
"""

from typing import Any

import numpy as np

from dltrain.data.dataset import Dataset
from dltrain.data.text import RESERVED

SMOOTHING = 1.0  # texts of each class that are taken to have every word beside those counted

Array = np.ndarray[Any, Any]


def ratios_from(dataset: Dataset) -> Array:
    """The log-count ratios of the training part, ``(vocab_size,)`` float32."""
    examples, info = dataset.examples_of("train"), dataset.info
    is_last = examples.labels[dataset.train] == info.num_classes - 1
    return log_count_ratios(examples.inputs[dataset.train], is_last, info.vocab_size)


def log_count_ratios(rows: Array, is_positive: Array, vocab_size: int) -> Array:
    """The logarithm of how much likelier a word is in positive texts than in others.

    Args:
        rows: ``(texts, words)`` int32 numbers of words; a text counts once for each word it has.
        is_positive: ``(texts,)`` bool.
        vocab_size: one more than the largest number there can be.

    Returns:
        ``(vocab_size,)`` float32: ``log((p / |p|) / (q / |q|))``, where p is one more than the
        positive texts that have the word, q one more than the others that do, and ``|.|`` sums over
        the words; 0 for padding and the unknown word, and for what no text has.
    """
    positive, negative = (
        _texts_with(rows[is_it], vocab_size) for is_it in (is_positive, ~is_positive)
    )
    is_seen = positive + negative > 0
    is_seen[: len(RESERVED)] = False
    likelier, other = (
        np.where(is_seen, counts + SMOOTHING, 0.0) for counts in (positive, negative)
    )
    ratios = np.zeros(vocab_size)
    if is_seen.any():
        ratios[is_seen] = np.log(likelier[is_seen] / likelier.sum()) - np.log(
            other[is_seen] / other.sum()
        )
    return ratios.astype(np.float32)


def _texts_with(rows: Array, vocab_size: int) -> Array:
    """In how many texts each word is."""
    rows = np.sort(rows, axis=1)
    is_first = np.diff(rows, axis=1, prepend=-1) != 0
    return np.bincount(rows[is_first], minlength=vocab_size)
