"""Fully connected layers, one after the other."""

import keras

from dltrain.config.schema import MLPConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.blocks import hidden_layers
from dltrain.models.sequence import pooled
from dltrain.models.text import embedded


def build_mlp(config: MLPConfig, inputs: keras.KerasTensor, info: DatasetInfo) -> keras.KerasTensor:
    """Flatten the example, or pool the words of a text, and pass it through the hidden layers.

    Args:
        config: widths, activation, norm, dropout and initializer; for text the embedding and pooling.
        inputs: ``(batch, ...)`` normalised examples of any shape, or ``(batch, words)``
            numbers of words.
        info: says whether it is a text.

    Returns:
        ``(batch, hidden_units[-1])`` features, or the flat example without hidden layers.
    """
    if info.modality == "text":
        tensor = pooled(config.pooling, *embedded(config.embedding, inputs, info))
    else:
        tensor = keras.layers.Flatten(name="flatten")(inputs)
    return hidden_layers(
        tensor,
        config.hidden_units,
        activation=config.activation,
        norm=config.norm,
        dropout=config.dropout,
        initializer=config.initializer,
    )
