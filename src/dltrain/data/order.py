"""The order of examples as a function of (seed, epoch): no shuffle buffer, nothing to save.

Where training stands in its data is one whole number: the step within the epoch.
"""

from typing import Any

import numpy as np
import tensorflow as tf

VALIDATION_STREAM = 0x5EED  # an "epoch" of its own, so that the split shares no order with training


def shuffled(count: int, seed: int, epoch: int) -> np.ndarray[Any, Any]:
    """A permutation of ``0 .. count - 1``, the same for the same arguments on every machine.

    It runs outside compiled functions: ``index_shuffle`` has no XLA kernel.
    """
    if count == 0:
        return np.zeros(0, np.int32)
    positions = tf.random.experimental.index_shuffle(
        tf.range(count), seed=[seed, epoch], max_index=count - 1
    )
    return np.asarray(positions, np.int32)
