"""How much arithmetic a built model takes, from the shapes of its graph."""

from math import prod
from typing import Any

import keras

RECURRENT = (keras.layers.RNN, keras.layers.Bidirectional)


def multiply_adds(model: keras.Model) -> int:
    """Multiply-adds of one example's forward pass through layers that have a kernel.

    Those are convolutions and fully connected layers at each of their positions, and recurrent
    cells at each of their steps. Matrix products of two tensors count too: attention's are over
    all pairs of tokens.
    """
    total = 0.0
    rows: dict[int, float] = {}  # of the batch, for one example, by tensor
    for operation in model.operations:  # in the order of the graph
        made = _first(operation.output)
        if isinstance(operation, keras.layers.InputLayer):
            rows[id(made)] = 1.0
            continue
        given = _first(operation.input)
        rows[id(made)] = rows[id(given)] * _cut(operation, given, made)
        if isinstance(operation, keras.layers.Layer):
            total += rows[id(made)] * _in_one_row(operation)
        elif type(operation).__name__ == "Matmul":  # of two tensors, as in attention
            total += rows[id(made)] * prod(made.shape[1:]) * given.shape[-1]
    return round(total)


def _cut(operation: Any, given: Any, made: Any) -> float:
    """How many rows of the batch a reshape makes of one; all else keeps the batch."""
    if type(operation).__name__ != "Reshape":
        return 1.0
    return float(prod(given.shape[1:]) / prod(made.shape[1:]))


def _in_one_row(layer: keras.layers.Layer) -> int:
    kernels = [weight for weight in layer.weights if weight.name.endswith("kernel")]
    if not kernels:
        return 0
    sizes = sum(prod(kernel.shape) for kernel in kernels)
    if isinstance(layer, RECURRENT):
        return sizes * int(_first(layer.input).shape[1])
    return sizes * prod(size or 1 for size in layer.output.shape[1:-1])


def _first(tensors: Any) -> Any:
    return keras.tree.flatten(tensors)[0]
