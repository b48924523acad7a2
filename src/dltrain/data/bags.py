"""Texts as bags of n-grams: which runs of words each has, as rows of one length, cached."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dltrain.config.schema import ImdbConfig
from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.examples import Columns, Examples, fingerprint
from dltrain.data.ngrams import NGRAMS_VERSION, distinct, most_frequent
from dltrain.data.text import RESERVED, rows_of
from dltrain.data.tokens import pack_words, unpack_words
from dltrain.dataset_info import DatasetInfo

Numbers = np.ndarray[Any, Any]

_WORDS = ("lexicon", "vocabulary")  # the groups beside the splits


@dataclass(frozen=True, kw_only=True)
class Bags:
    """Texts as a model of n-grams takes them.

    Attributes:
        examples: ``(texts, config.sequence_length)`` int32 inputs, and labels, per split.
        info: the facts with the vocabulary.
        notice: what a person should know about the cache, or None.
    """

    examples: dict[str, Examples]
    info: DatasetInfo
    notice: str | None


def prepare_bags(
    config: ImdbConfig,
    info: DatasetInfo,
    stored: dict[str, Columns],
    train: Numbers,
    trained_with: DatasetInfo | None,
    content: str,
) -> Bags:
    """Number n-grams by their rank in the training part; each text has each of them once.

    Args:
        config: the experiment's data section, with ``ngrams``.
        info: the facts known so far.
        stored: ``tokens``, ``offsets`` and ``labels`` of every split, and the ``lexicon``.
        train: which of the stored training texts are trained on; n-grams are counted in them
            alone.
        trained_with: what a checkpoint knows; then its vocabulary is used.
        content: fingerprint of what is stored.
    """
    found = _found(config, info, stored, train, content)
    vocabulary, bags = tuple(unpack_words(found.stored["vocabulary"])), found.stored
    if trained_with is not None and trained_with.vocabulary != vocabulary:
        vocabulary = trained_with.vocabulary
        bags = _bags_of(stored, unpack_words(stored["lexicon"]), vocabulary)
    as_they_are = np.arange(len(vocabulary), dtype=np.int32)
    examples = {
        split: Examples(rows_of(bags[split], as_they_are, config), columns["labels"])
        for split, columns in stored.items()
        if split not in _WORDS
    }
    return Bags(examples=examples, info=replace(info, vocabulary=vocabulary), notice=found.notice)


def _found(
    config: ImdbConfig, info: DatasetInfo, stored: dict[str, Columns], train: Numbers, content: str
) -> Decoded:
    """The vocabulary and the bags of every split; those of a part or generated leave no cache."""

    def find() -> dict[str, Columns]:
        lexicon = unpack_words(stored["lexicon"])
        texts, size = _chosen(stored["train"], train), info.vocab_size - len(RESERVED)
        assert config.ngrams is not None, "words in order are no bags"
        vocabulary = (*RESERVED, *most_frequent(texts, lexicon, config.ngrams, size))
        return {"vocabulary": pack_words(vocabulary), **_bags_of(stored, lexicon, vocabulary)}

    if config.synthetic or config.limit is not None:
        bags = find()
        return Decoded(bags, fingerprint(bags))
    texts = hashlib.sha256(np.ascontiguousarray(train).data).hexdigest()
    key = json.dumps([NGRAMS_VERSION, content, texts, config.ngrams, info.vocab_size])
    return load_or_decode(f"{config.name}-ngrams", key, find)


def _bags_of(
    stored: dict[str, Columns], lexicon: Sequence[str], vocabulary: Sequence[str]
) -> dict[str, Columns]:
    return {
        split: distinct(columns, lexicon, vocabulary)
        for split, columns in stored.items()
        if split not in _WORDS
    }


def _chosen(columns: Columns, texts: Numbers) -> Columns:
    """Some of the texts alone."""
    lengths = np.diff(columns["offsets"])
    is_chosen = np.zeros(len(lengths), bool)
    is_chosen[texts] = True
    return {
        "tokens": columns["tokens"][np.repeat(is_chosen, lengths)],
        "offsets": np.concatenate([[0], np.cumsum(lengths[is_chosen])]),
    }
