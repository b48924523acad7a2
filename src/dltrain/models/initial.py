"""Where the weights of fully connected layers begin."""

from typing import Any

import keras

from dltrain.config.schema import LinearModelConfig, MLPConfig, ModelConfig


def begin_at(initializer: str) -> dict[str, Any]:
    """What a dense layer is told of its first weights.

    Args:
        initializer: ``zeros``, ``glorot_uniform`` (Glorot and Bengio 2010) or ``he_normal``
            (He et al. 2015) for its kernel, with biases of zero; ``uniform`` for kernel and
            biases between 0 and 1.

    Returns:
        Arguments of one ``keras.layers.Dense``; a second layer needs its own, because an
        initializer draws the same numbers again.
    """
    if initializer != "uniform":
        return {"kernel_initializer": initializer}
    return {
        "kernel_initializer": keras.initializers.RandomUniform(0.0, 1.0),
        "bias_initializer": keras.initializers.RandomUniform(0.0, 1.0),
    }


def output_begins_at(config: ModelConfig) -> dict[str, Any]:
    """The same for the output layer, by the model's ``initializer`` where it has one.

    ``he_normal`` is made for the ReLU behind a layer. There is none behind the output, which
    begins like that of every other model: with ``glorot_uniform``.
    """
    if isinstance(config, LinearModelConfig | MLPConfig) and config.initializer != "he_normal":
        return begin_at(config.initializer)
    return begin_at("glorot_uniform")
