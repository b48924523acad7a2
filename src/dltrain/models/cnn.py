"""Stages of convolutions, each closed by a pooling, then a fully connected head."""

import keras

from dltrain.config.schema import CNNConfig
from dltrain.models.blocks import batch_norm, hidden_layers

HEADS = {
    "flatten": keras.layers.Flatten,
    "average": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
}


def build_cnn(config: CNNConfig, inputs: keras.KerasTensor) -> keras.KerasTensor:
    """Convolve and pool stage by stage, then make a vector of what is left.

    Args:
        config: filters per stage, kernel, pooling and head.
        inputs: ``(batch, height, width, channels)`` normalised images.

    Returns:
        ``(batch, features)``.
    """
    tensor = inputs
    for stage, filters in enumerate(config.filters, start=1):
        for index in range(1, config.convolutions_per_stage + 1):
            tensor = _convolution(config, filters, f"stage_{stage}_conv_{index}", tensor)
        if config.pool_size > 1:
            pooling = keras.layers.MaxPooling2D(config.pool_size, name=f"stage_{stage}_pool")
            tensor = pooling(tensor)
    tensor = HEADS[config.head](name=config.head)(tensor)
    if config.dropout:
        tensor = keras.layers.Dropout(config.dropout, name="features_dropout")(tensor)
    return hidden_layers(
        tensor,
        config.hidden_units,
        activation=config.activation,
        normalise=False,
        dropout=config.dropout,
    )


def _convolution(
    config: CNNConfig, filters: int, name: str, tensor: keras.KerasTensor
) -> keras.KerasTensor:
    tensor = keras.layers.Conv2D(
        filters,
        config.kernel_size,
        padding=config.padding,
        use_bias=not config.batch_norm,
        name=name,
    )(tensor)
    if config.batch_norm:
        tensor = batch_norm(f"{name}_norm")(tensor)
    return keras.layers.Activation(config.activation, name=f"{name}_{config.activation}")(tensor)
