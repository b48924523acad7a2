"""From numbered words to the rows of fixed length a model takes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dltrain.config.schema import ImdbConfig
from dltrain.data.examples import Columns, Examples
from dltrain.data.ngrams import distinct
from dltrain.data.tokens import new_lexicon, number_words, unpack_words
from dltrain.dataset_info import DatasetInfo

Numbers = np.ndarray[Any, Any]

PADDING, UNKNOWN = 0, 1
RESERVED = ("[PAD]", "[UNK]")  # no word of a text has brackets


def prepare_text(
    config: ImdbConfig,
    info: DatasetInfo,
    stored: dict[str, Columns],
    train: Numbers,
    trained_with: DatasetInfo | None,
) -> tuple[dict[str, Examples], DatasetInfo]:
    """Number words by their rank in the training part, cut and pad every text.

    Args:
        config: the experiment's data section.
        info: the facts known so far.
        stored: ``tokens``, ``offsets`` and ``labels`` of every split, and the ``lexicon``.
        train: which of the stored training texts are trained on; words are counted in them
            alone.
        trained_with: what a checkpoint knows; then its vocabulary is used.

    Returns:
        ``(texts, config.sequence_length)`` int32 inputs per split, and the facts with the
        vocabulary.
    """
    lexicon = unpack_words(stored["lexicon"])
    if trained_with is None:
        counts = _count(stored["train"], train, len(lexicon))
        vocabulary = _most_frequent(lexicon, counts, info.vocab_size)
    else:
        vocabulary = trained_with.vocabulary
    numbers = _numbers_of(lexicon, vocabulary)
    examples = {
        split: Examples(rows_of(columns, numbers, config), columns["labels"])
        for split, columns in stored.items()
        if split != "lexicon"
    }
    return examples, replace(info, vocabulary=vocabulary)


def encode(texts: Iterable[str], vocabulary: Sequence[str], config: ImdbConfig) -> Numbers:
    """Raw texts as a model trained with this vocabulary takes them.

    Returns:
        ``(texts, config.sequence_length)`` int32, the very rows that were trained on.
    """
    lexicon = new_lexicon()
    columns = number_words(texts, lexicon)
    if config.ngrams is not None:
        bags = distinct(columns, list(lexicon), vocabulary)
        return rows_of(bags, np.arange(len(vocabulary), dtype=np.int32), config)
    return rows_of(columns, _numbers_of(lexicon, vocabulary), config)


def _count(columns: Columns, texts: Numbers, words: int) -> Numbers:
    """How often each word of the lexicon occurs in some of the texts."""
    is_counted = np.zeros(len(columns["labels"]), bool)
    is_counted[texts] = True
    of_token = np.repeat(is_counted, np.diff(columns["offsets"]))
    return np.bincount(columns["tokens"][of_token], minlength=words)


def _most_frequent(lexicon: list[str], counts: Numbers, vocab_size: int) -> tuple[str, ...]:
    """Padding, the unknown word, then words by frequency; the alphabet decides between equals."""
    seen = [(-count, word) for word, count in zip(lexicon, counts.tolist(), strict=True) if count]
    words = [word for _, word in sorted(seen)]
    return (*RESERVED, *words)[:vocab_size]


def _numbers_of(lexicon: Iterable[str], vocabulary: Sequence[str]) -> Numbers:
    """For each word of a lexicon its number in the vocabulary."""
    ranks = {word: rank for rank, word in enumerate(vocabulary)}
    return np.array([ranks.get(word, UNKNOWN) for word in lexicon], np.int32)


def rows_of(columns: Columns, numbers: Numbers, config: ImdbConfig) -> Numbers:
    """Cut long texts and pad short ones to one length.

    Args:
        columns: ``tokens`` and ``offsets`` of the texts.
        numbers: what each token is in a row.
        config: the length, and at which end to cut and to pad.

    Returns:
        ``(texts, config.sequence_length)`` int32; a text without any token is one unknown word.
    """
    # Where a row begins in the tokens and in itself is known per row; the tokens between are
    # copied all at once.
    starts, ends = columns["offsets"][:-1], columns["offsets"][1:]
    length = config.sequence_length
    kept = np.minimum(ends - starts, length)
    read_from = starts if config.cut == "end" else ends - kept
    write_from = np.zeros_like(kept) if config.pad == "end" else length - kept
    within = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept)
    tokens = columns["tokens"][np.repeat(read_from, kept) + within]
    rows = np.full((len(kept), length), PADDING, np.int32)
    rows[np.repeat(np.arange(len(kept)), kept), np.repeat(write_from, kept) + within] = numbers[
        tokens
    ]
    # A mean over no words is 0/0, and a recurrent layer would have no state to give.
    rows[kept == 0, 0 if config.pad == "end" else -1] = UNKNOWN
    return rows
