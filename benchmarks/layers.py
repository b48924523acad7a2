"""What Keras's layers cost in training, beside those that take their place while training on a CPU.

    python benchmarks/layers.py

Times the output and the gradient of all inputs and weights together: functions after a
layer, layer normalisation, and attention's scores, at the shapes of `cifar_cnn` (256 of its maps) and
the peers' transformer (128 texts of 200 tokens, four heads of 16). Medians of alternating turns.
"""

import argparse
import os
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from convolutions import milliseconds
from dltrain.models.activations import QuickGelu
from dltrain.models.attention_parts import AttentionInParts, attend
from dltrain.models.layer_norm import QuickLayerNorm

MAPS = (256, 15, 15, 64)
TOKENS = (128, 200, 64)
HEADS = (128, 4, 200, 16)


def drawn(shape: tuple[int, ...], dtype: tf.DType, count: int = 1) -> list[tf.Tensor]:
    """Normal numbers, the same each time."""
    draw = np.random.default_rng(0).normal
    return [tf.cast(draw(size=shape), dtype) for _ in range(count)]


def trained(
    function: Callable[..., Any], inputs: list[tf.Tensor], weights: list[Any] | None = None
) -> Callable[[], tf.Tensor]:
    """Output and gradients, compiled; what comes back is one number that needs them all."""

    def both() -> tf.Tensor:
        sources = [*inputs, *(weight.value for weight in weights or [])]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = function(*inputs)
        gradients = tape.gradient(outputs, sources, output_gradients=tf.ones_like(outputs))
        firsts = [tf.reshape(each, [-1])[0] for each in (outputs, *gradients)]
        return tf.add_n([tf.cast(first, tf.float32) for first in firsts])

    return tf.function(both, autograph=False)


def training(layer: keras.layers.Layer, inputs: list[tf.Tensor]) -> Callable[[], tf.Tensor]:
    """The same of a layer, which is told that it trains."""
    if len(inputs) == 1:
        layer.build(inputs[0].shape)
    return trained(partial(layer, training=True), inputs, layer.trainable_weights)


def operations(dtype: tf.DType) -> dict[str, dict[str, Callable[[], Any]]]:
    """What is compared with what."""
    maps, tokens, heads = drawn(MAPS, dtype), drawn(TOKENS, dtype), drawn(HEADS, dtype, 3)
    policy = "float32" if dtype == tf.float32 else f"mixed_{dtype.name}"
    functions = {
        name: keras.layers.Activation(name, dtype=policy) for name in ("relu", "silu", "gelu")
    }
    functions["quick gelu"] = QuickGelu("gelu", dtype=policy)
    norms = {
        "keras": keras.layers.LayerNormalization(dtype=policy),
        "quick": QuickLayerNorm(dtype=policy),
    }
    return {
        "functions, 256 maps of 15x15x64": {
            name: training(layer, maps) for name, layer in functions.items()
        },
        "layer norm, 128x200 tokens of 64": {
            name: training(layer, tokens) for name, layer in norms.items()
        },
        "attention, 128x200 tokens, 4 heads of 16": {
            "whole": trained(attend, heads),
            "in parts": training(AttentionInParts(dtype=policy), heads),
        },
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=21)
    arguments = parser.parse_args()
    tf.get_logger().setLevel("ERROR")  # many compiled functions are meant here
    for dtype in (tf.float32, tf.bfloat16):
        for title, compared in operations(dtype).items():
            cells = milliseconds(compared, arguments.turns).items()
            print(f"{dtype.name:<9} {title}:", *(f"{name} {each:.1f} ms" for name, each in cells))


if __name__ == "__main__":
    main()
