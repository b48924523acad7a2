"""The table of builders, and what every model has in common.

A model takes stored examples as they are (uint8 images) and gives float32 logits. It is
a functional graph of Keras layers only, so that plain Keras can load what we save.
"""

from collections.abc import Callable

import keras

from dltrain.config.schema import ModelConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.cnn import build_cnn
from dltrain.models.mlp import build_mlp

BUILDERS: dict[str, Callable[..., keras.KerasTensor]] = {"mlp": build_mlp, "cnn": build_cnn}


def build_model(config: ModelConfig, info: DatasetInfo) -> keras.Model:
    """Build the model a config names, under the strategy and precision now in force.

    Args:
        config: the experiment's ``model`` section.
        info: the data it is for.

    Returns:
        A model from ``(batch, *info.input_shape)`` stored examples to
        ``(batch, info.num_classes)`` float32 logits.
    """
    inputs = keras.Input(info.input_shape, dtype=info.input_dtype, name="inputs")
    scale = 1.0 / info.standard_deviation
    normalised = keras.layers.Rescaling(scale, -info.mean * scale, name="normalise")(inputs)
    features = BUILDERS[config.name](config, normalised)
    logits = keras.layers.Dense(info.num_classes, dtype="float32", name="logits")(features)
    return keras.Model(inputs, logits, name=config.name)


def with_probabilities(model: keras.Model) -> keras.Model:
    """The same model with a softmax at its end, for people who load it with plain Keras."""
    probabilities = keras.layers.Softmax(dtype="float32", name="probabilities")(model.output)
    return keras.Model(model.input, probabilities, name=model.name)
