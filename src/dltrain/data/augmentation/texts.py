"""Random unknown words in texts."""

import tensorflow as tf

from dltrain.config.schema import TextAugmentationConfig
from dltrain.data.augmentation.draws import Augment, random_words, uniform
from dltrain.data.text import UNKNOWN


def make_text_augment(config: TextAugmentationConfig, seed: int) -> Augment | None:
    """The function that hides words, or None when nothing is to do.

    Padding stays padding: how long a text is, is not changed. (Iyyer et al. 2015,
    https://aclanthology.org/P15-1162, leave such words out instead.)

    Args:
        config: what to do.
        seed: the experiment's seed.
    """
    if not config.word_dropout:
        return None

    def augment(texts: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        places = range(texts.shape[1])  # each place of a text draws for a purpose of its own
        draws = tf.transpose(uniform(random_words(seed, places, epoch, indices)))
        is_hidden = (draws < config.word_dropout) & tf.cast(texts, tf.bool)
        return tf.where(is_hidden, UNKNOWN, texts)

    return augment
