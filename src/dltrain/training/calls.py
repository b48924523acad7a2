"""One epoch's examples: their order, and how they are cut into calls of the compiled steps."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dltrain.config.schema import ExperimentConfig
from dltrain.data.order import shuffled

Indices = np.ndarray[Any, Any]


def order_of(train: Indices, experiment: ExperimentConfig, epoch: int) -> Indices:
    """The training examples in one epoch's order, ``(examples,)`` int32.

    Where all of them are one batch they keep their own order: their sum is the same in any,
    but for its last bits, and so those are the same in every epoch too.

    Args:
        train: indices of the training examples.
        experiment: for the seed and the batch size.
        epoch: from 1.
    """
    if experiment.data.batch_size == "all":
        return train.astype(np.int32)
    order: Indices = train[shuffled(len(train), experiment.seed, epoch)]
    return order.astype(np.int32)


def cut_into_calls(
    order: Indices,
    *,
    batch_size: int,
    steps_per_call: int,
    first: int,
    end: int,
    steps_before: int = 0,
    checkpoint_steps: int | None = None,
) -> Iterator[Indices]:
    """Cut an epoch's steps from `first` up to `end` into calls of (steps, batch) indices.

    Calls always begin at a multiple of steps_per_call, so that a resumed epoch is cut as
    the uninterrupted one, or where a checkpoint is planned: after every `checkpoint_steps`
    of the whole training, of which `steps_before` came before this epoch. The ragged last
    batch is a call of its own.
    """
    whole = len(order) // batch_size
    while first < end:
        if first >= whole:
            yield order[np.newaxis, first * batch_size :]
            return
        until_boundary = steps_per_call - first % steps_per_call
        count = min(until_boundary, whole - first, end - first)
        if checkpoint_steps is not None:
            count = min(count, checkpoint_steps - (steps_before + first) % checkpoint_steps)
        yield order[first * batch_size : (first + count) * batch_size].reshape(count, batch_size)
        first += count
