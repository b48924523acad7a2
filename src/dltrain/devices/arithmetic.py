"""How much arithmetic a built model takes, from the shapes of its graph."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import keras

RECURRENT = (keras.layers.RNN, keras.layers.Bidirectional)


@dataclass(frozen=True)
class Work:
    """Multiply-adds of one example through one operation.

    Attributes:
        forward: of the forward pass.
        backward: as many for the gradient of each factor that has one.
    """

    forward: float
    backward: float


def multiply_adds(model: keras.Model) -> int:
    """Multiply-adds of one example's forward pass through layers that have a kernel.

    Those are convolutions and fully connected layers at each of their positions, and recurrent
    cells at each of their steps. Matrix products of two tensors count too: attention's are over
    all pairs of tokens.
    """
    return round(sum(work.forward for work in _works(model)))


def backward_multiply_adds(model: keras.Model) -> int:
    """Multiply-adds of one example's backward pass through the same layers.

    A product has two factors, and the gradient of each takes as much as the product. What the
    examples themselves enter has one: they have no gradient.
    """
    return round(sum(work.backward for work in _works(model)))


def _works(model: keras.Model) -> Iterator[Work]:
    rows: dict[int, float] = {}  # of the batch, for one example, by tensor
    learned: set[int] = set()  # tensors that depend on weights
    for operation in model.operations:  # in the order of the graph
        made, kind = _first(operation.output), type(operation).__name__
        if isinstance(operation, keras.layers.InputLayer):
            rows[id(made)] = 1.0
            continue
        given = _first(operation.input)
        rows[id(made)] = rows[id(given)] * _cut(operation, given, made)
        factors = sum(id(tensor) in learned for tensor in keras.tree.flatten(operation.input))
        if factors or getattr(operation, "trainable_weights", None):
            learned.update(map(id, keras.tree.flatten(operation.output)))
        if kind == "AttentionInParts":  # two products, each of two factors
            product = 2 * rows[id(made)] * prod(made.shape[1:]) * given.shape[2]
            yield Work(product, 2 * product)
        elif isinstance(operation, keras.layers.Layer):
            entering, inside = (rows[id(made)] * each for each in _in_one_row(operation))
            yield Work(entering + inside, entering * (1 + bool(factors)) + 2 * inside)
        elif kind == "Matmul":  # of two tensors, as in attention
            product = rows[id(made)] * prod(made.shape[1:]) * given.shape[-1]
            yield Work(product, product * factors)


def _cut(operation: Any, given: Any, made: Any) -> float:
    """How many rows of the batch a reshape makes of one; all else keeps the batch."""
    if type(operation).__name__ != "Reshape":
        return 1.0
    return float(prod(given.shape[1:]) / prod(made.shape[1:]))


def _in_one_row(layer: keras.layers.Layer) -> tuple[int, int]:
    """Multiply-adds with what comes in, and with what the layer has made itself."""
    kernels = {w.path: prod(w.shape) for w in layer.weights if w.name.endswith("kernel")}
    if not kernels:
        return 0, 0
    sizes = sum(kernels.values())
    if isinstance(layer, RECURRENT):
        steps = int(_first(layer.input).shape[1])
        again = sum(size for path, size in kernels.items() if path.endswith("recurrent_kernel"))
        return steps * (sizes - again), steps * again
    return sizes * prod(size or 1 for size in layer.output.shape[1:-1]), 0


def _first(tensors: Any) -> Any:
    return keras.tree.flatten(tensors)[0]
