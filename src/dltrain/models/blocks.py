"""Pieces that several builders share."""

from dataclasses import dataclass

import keras
import tensorflow as tf

from dltrain.models.activations import activation_layer
from dltrain.models.initial import begin_at
from dltrain.models.layer_norm import layer_norm


def is_weight(variable: keras.Variable) -> bool:
    """Whether penalties and weight decay are meant for it: kernels and embeddings.

    Biases and the scales and offsets of norms are not, and are not told by their shape: a
    GRU's bias has two axes.
    """
    return bool(variable.name.endswith(("kernel", "embeddings")))


@dataclass(frozen=True)
class Norm:
    """A normalisation and its options.

    Attributes:
        kind: ``batch``, ``layer`` or ``none``.
        momentum: part of the running means of batch normalisation kept in each step.
        scale: whether it learns a scale.
    """

    kind: str
    momentum: float = 0.99
    scale: bool = True


def batch_norm(norm: Norm, name: str) -> keras.layers.Layer:
    """Batch normalisation over the global batch, however many replicas share it.

    Without synchronisation each replica keeps statistics of its own, and a saved model
    would hold those of the first only.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return keras.layers.BatchNormalization(
        momentum=norm.momentum, scale=norm.scale, synchronized=replicas > 1, name=name
    )


def normalised(norm: Norm, name: str, tensor: keras.KerasTensor) -> keras.KerasTensor:
    """Batch or layer normalisation by its config name; ``none`` leaves the tensor alone."""
    if norm.kind == "none":
        return tensor
    if norm.kind == "batch":
        return batch_norm(norm, name)(tensor)
    return layer_norm(name, scale=norm.scale)(tensor)


def hidden_layers(
    tensor: keras.KerasTensor,
    units: tuple[int, ...],
    *,
    activation: str,
    norm: str,
    dropout: float,
    initializer: str = "glorot_uniform",
) -> keras.KerasTensor:
    """Fully connected layers: dense, batch norm if wanted, activation, dropout.

    Args:
        tensor: ``(batch, features)``.
        units: units of each layer.
        activation: Keras name of the function after each layer.
        norm: ``batch``, ``layer`` or ``none``, before the activation; with one the dense
            layer has no bias.
        dropout: part of each layer's outputs set to zero while training.
        initializer: where the weights of the dense layers begin.

    Returns:
        ``(batch, units[-1])``, or the input when there is no layer.
    """
    for index, width in enumerate(units, start=1):
        name = f"dense_{index}"
        layer = keras.layers.Dense(
            width, use_bias=norm == "none", name=name, **begin_at(initializer)
        )
        tensor = normalised(Norm(norm), f"{name}_norm", layer(tensor))
        tensor = activation_layer(activation, f"{name}_{activation}")(tensor)
        if dropout:
            tensor = keras.layers.Dropout(dropout, name=f"{name}_dropout")(tensor)
    return tensor
