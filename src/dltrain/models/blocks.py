"""Pieces that several builders share."""

import keras
import tensorflow as tf


def batch_norm(name: str) -> keras.layers.Layer:
    """Batch normalisation over the global batch, however many replicas share it.

    Without synchronisation each replica keeps statistics of its own, and a saved model
    would hold those of the first only.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return keras.layers.BatchNormalization(synchronized=replicas > 1, name=name)


def hidden_layers(
    tensor: keras.KerasTensor,
    units: tuple[int, ...],
    *,
    activation: str,
    normalise: bool,
    dropout: float,
) -> keras.KerasTensor:
    """Fully connected layers: dense, batch norm if wanted, activation, dropout.

    Args:
        tensor: ``(batch, features)``.
        units: units of each layer.
        activation: Keras name of the function after each layer.
        normalise: batch norm before the activation; the dense layer then has no bias.
        dropout: part of each layer's outputs set to zero while training.

    Returns:
        ``(batch, units[-1])``, or the input when there is no layer.
    """
    for index, width in enumerate(units, start=1):
        name = f"dense_{index}"
        tensor = keras.layers.Dense(width, use_bias=not normalise, name=name)(tensor)
        if normalise:
            tensor = batch_norm(f"{name}_norm")(tensor)
        tensor = keras.layers.Activation(activation, name=f"{name}_{activation}")(tensor)
        if dropout:
            tensor = keras.layers.Dropout(dropout, name=f"{name}_dropout")(tensor)
    return tensor
