"""Texts as a loader decodes them, for the tests of what is made of them."""

import numpy as np

from dltrain.data.examples import Columns
from dltrain.data.tokens import new_lexicon, number_words, pack_words


def stored_of(texts: dict[str, list[str]]) -> dict[str, Columns]:
    """Texts as a loader decodes them."""
    lexicon = new_lexicon()
    splits = {
        split: {**number_words(texts[split], lexicon), "labels": np.zeros(len(texts[split]), "i4")}
        for split in texts
    }
    return {**splits, "lexicon": pack_words(lexicon)}
