"""Fully connected layers, one after the other."""

import keras

from dltrain.config.schema import MLPConfig
from dltrain.models.blocks import hidden_layers


def build_mlp(config: MLPConfig, inputs: keras.KerasTensor) -> keras.KerasTensor:
    """Flatten the example and pass it through the hidden layers.

    Args:
        config: widths, activation, batch norm and dropout.
        inputs: ``(batch, ...)`` normalised examples of any shape.

    Returns:
        ``(batch, hidden_units[-1])`` features, or the flat example without hidden layers.
    """
    return hidden_layers(
        keras.layers.Flatten(name="flatten")(inputs),
        config.hidden_units,
        activation=config.activation,
        normalise=config.batch_norm,
        dropout=config.dropout,
    )
