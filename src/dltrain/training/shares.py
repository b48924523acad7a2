"""Which examples of a batch are computed together, and by which replica."""

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def part_size(examples: int, parts: int) -> int:
    """Examples of each part in which a batch is computed; the last may have fewer."""
    return math.ceil(examples / parts)


def share_of(examples: int, replica: Any, replicas: int) -> tuple[Any, Any, int]:
    """A replica's examples of a part, and how many replicas compute each of them.

    A ragged last batch with fewer examples than replicas is computed as a whole by all of
    them and counted once: TensorFlow's collectives do not survive a replica without
    examples, and the mean over equal copies is the same gradient and the same statistics.

    Args:
        examples: of the part.
        replica: which one; a number, or a tensor inside a compiled step.
        replicas: how many there are.

    Returns:
        The first example of the share, the one behind it, and by how many it is computed.
    """
    if examples < replicas:
        return 0, examples, replicas
    return examples * replica // replicas, examples * (replica + 1) // replicas, 1


def positions_of(examples: int, parts: int, replica: int, replicas: int, before: int = 0) -> Array:
    """The places in a batch of all that one replica needs of it, share by share.

    Args:
        examples: of the batch.
        parts: in how many parts it is computed, see `part_size`.
        replica: which one.
        replicas: how many there are.
        before: how many examples each share needs of those before it; the places are
            counted from so many before the first.
    """
    size = part_size(examples, parts)
    pieces = []
    for first in range(0, examples, size):
        start, stop, _ = share_of(min(size, examples - first), replica, replicas)
        pieces.append(np.arange(first + start, first + stop + before))
    return np.concatenate(pieces)
