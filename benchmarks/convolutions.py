"""What a convolution and its two gradients cost, and the kernel's gradient as a product of matrices.

    python benchmarks/convolutions.py

Times, for the shapes of `cifar_cnn` and both precisions, TensorFlow's convolution, its gradient
of the inputs and of the kernel, and `training/fast_layers.kernel_gradient`, which takes the place of
the last where that is the quicker one. All do the same number of multiplications, so that
milliseconds compare. Medians of alternating turns.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.training.fast_layers import kernel_gradient

SHAPES = [(31, 24, 64), (15, 64, 64), (15, 64, 256), (7, 256, 256), (3, 256, 256)]
"""Side of the maps, channels in, channels out; kernels are 3 by 3."""


def operations(
    batch: int, side: int, channels: int, filters: int, dtype: tf.DType
) -> dict[str, Callable[[], Any]]:
    """The four things to time, each compiled."""
    draw = np.random.default_rng(0).normal
    inputs = tf.cast(draw(size=(batch, side, side, channels)), dtype)
    kernel = tf.cast(draw(size=(3, 3, channels, filters)), dtype)
    upstream = tf.cast(draw(size=(batch, side, side, filters)), dtype)
    common = {"out_backprop": upstream, "strides": [1, 1, 1, 1], "padding": "SAME"}
    return {
        "forward": tf.function(lambda: tf.nn.conv2d(inputs, kernel, 1, "SAME")),
        "of inputs": tf.function(
            lambda: tf.raw_ops.Conv2DBackpropInput(
                input_sizes=inputs.shape, filter=kernel, **common
            )
        ),
        "of kernel": tf.function(
            lambda: tf.raw_ops.Conv2DBackpropFilter(
                input=inputs, filter_sizes=kernel.shape, **common
            )
        ),
        "as products": tf.function(lambda: kernel_gradient(inputs, upstream, kernel.shape)),
    }


def milliseconds(timed: dict[str, Callable[[], Any]], turns: int) -> dict[str, float]:
    """The median of each, taking turns; the first of each compiles and is left out."""
    spent: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(turns + 1):
        for name, operation in timed.items():
            started = time.perf_counter()
            operation().numpy()
            spent[name].append(time.perf_counter() - started)
    return {name: 1e3 * statistics.median(each[1:]) for name, each in spent.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--turns", type=int, default=9)
    arguments = parser.parse_args()
    for dtype in (tf.float32, tf.bfloat16):
        for shape in SHAPES:
            found = milliseconds(operations(arguments.batch, *shape, dtype), arguments.turns)
            side, channels, filters = shape
            cells = "   ".join(f"{name} {each:6.1f} ms" for name, each in found.items())
            name = f"{side}x{side}x{channels} -> {filters}"
            print(f"{dtype.name:<9} {name:<18} {cells}", flush=True)


if __name__ == "__main__":
    main()
