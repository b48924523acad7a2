"""50,000 film reviews, praise or blame (Maas et al. 2011), from tensorflow-datasets."""

from pathlib import Path

import numpy as np

from dltrain.data import tfds_source
from dltrain.data.examples import Columns
from dltrain.data.tokens import TOKENS_VERSION, new_lexicon, number_words, pack_words

NAME = "imdb_reviews"  # in tensorflow-datasets


def source_key(data_dir: Path, *, offline: bool) -> str:
    """The prepared version and its files, prepared now if it can be, and how words are found."""
    prepared = tfds_source.prepared_key(NAME, data_dir, offline=offline)
    return f"{prepared} tokens {TOKENS_VERSION}"


def decode(data_dir: Path) -> dict[str, Columns]:
    """The 25,000 training and 25,000 test reviews as words, in the prepared order.

    That order is tensorflow-datasets' own shuffle, the same on every machine; the reviews
    carry no number that would tell their official one.
    """
    lexicon = new_lexicon()
    stored = {split: _read(split, data_dir, lexicon) for split in ("train", "test")}
    return {**stored, "lexicon": pack_words(lexicon)}


def _read(split: str, data_dir: Path, lexicon: dict[str, int]) -> Columns:
    column = tfds_source.read(NAME, split, data_dir)
    texts = (text.decode() for text in column["text"])
    return {**number_words(texts, lexicon), "labels": column["label"].astype(np.int32)}
