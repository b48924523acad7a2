"""From the numbers of a text's words to vectors, and where its padding is."""

import keras

from dltrain.config.schema.models import EmbeddingConfig
from dltrain.dataset_info import DatasetInfo

RATIOS = "naive_bayes"  # the layer whose weights are no model's business but the data's


def embedded(
    config: EmbeddingConfig, words: keras.KerasTensor, info: DatasetInfo
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The vector of each word, and which words there really are.

    Dropout sets the same columns to zero in a whole text, so that a word cannot be told
    from its neighbours by what is missing (spatial dropout, Tompson et al. 2015).

    With ``naive_bayes`` a second embedding of one fixed number per word multiplies the vector. It
    is all zeros here: `dltrain.training.naive_bayes` sets it before the first step, and later a
    checkpoint does.

    Args:
        config: units per word, dropout and naive Bayes.
        words: ``(batch, words)`` int32 numbers of words; 0 is padding.
        info: for the size of the vocabulary.

    Returns:
        ``(batch, words, units)``, and ``(batch, words)`` bool, false at padding.
    """
    words = keras.ops.cast(words, "int64")  # a GPU leaves arithmetic on int32 to its host
    layer = keras.layers.Embedding(info.vocab_size, config.units, name="embedding")
    vectors = layer(words)
    if config.naive_bayes:
        ratio = keras.layers.Embedding(
            info.vocab_size, 1, embeddings_initializer="zeros", trainable=False, name=RATIOS
        )
        vectors = keras.layers.Multiply(name="weighted")([vectors, ratio(words)])
    if config.dropout:
        vectors = keras.layers.Dropout(
            config.dropout, noise_shape=(None, 1, config.units), name="embedding_dropout"
        )(vectors)
    return vectors, keras.ops.not_equal(words, 0)


def without_padding(tensor: keras.KerasTensor, mask: keras.KerasTensor | None) -> keras.KerasTensor:
    """The same ``(batch, words, features)`` with zeros where the mask is false."""
    if mask is None:
        return tensor
    return tensor * keras.ops.expand_dims(keras.ops.cast(mask, tensor.dtype), -1)


def mask_of_windows(
    mask: keras.KerasTensor | None, size: int, stride: int, name: str
) -> keras.KerasTensor | None:
    """The mask after windows are cut: a window is padding when all its words are.

    Args:
        mask: ``(batch, words)`` bool, or None where nothing is padded.
        size: words in a window.
        stride: words from one window to the next.
        name: of the layer.

    Returns:
        ``(batch, windows)`` bool, without the words that fill no whole window.
    """
    if mask is None:
        return None
    column = keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    pool = keras.layers.MaxPooling1D(size, strides=stride, dtype="float32", name=name)
    return keras.ops.greater(keras.ops.squeeze(pool(column), -1), 0.0)
