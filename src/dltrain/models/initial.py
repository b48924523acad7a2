"""Where the weights of fully connected layers begin."""

from typing import Any

import keras
import numpy as np

from dltrain.config.schema import CNNConfig, LinearModelConfig, MLPConfig, ModelConfig


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
    if isinstance(config, CNNConfig) and config.initializer == "identity":
        return begin_at("zeros")
    if isinstance(config, LinearModelConfig | MLPConfig) and config.initializer != "he_normal":
        return begin_at(config.initializer)
    return begin_at("glorot_uniform")


def pass_on(layer: keras.layers.Layer) -> None:
    """Let a convolution begin by passing on what it is given.

    As many filters as there are channels copy one each, and those beyond stay random. Fewer filters
    than channels copy the first of them, and nothing stays random.

    Args:
        layer: a built Conv1D or Conv2D.

    Source: Jordan 2024, https://arxiv.org/abs/2404.00498, section 3.3.
    """
    kernel = np.array(layer.kernel.numpy())
    channels, filters = kernel.shape[-2:]
    copies = min(channels, filters)
    middle = tuple((length - 1) // 2 for length in kernel.shape[:-2])
    kernel[..., :copies] = 0.0
    kernel[(*middle, np.arange(copies), np.arange(copies))] = 1.0
    layer.kernel.assign(kernel)
