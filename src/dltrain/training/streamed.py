"""Stored examples too many for the device: those of each call are gathered just before it.

The compiled step finds in them, row by row, what it would find on the device.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.data.examples import Examples
from dltrain.training.ahead import Fetched
from dltrain.training.resident import Layout, are_gpus, devices_of, layout_of, on_replicas
from dltrain.training.shares import positions_of

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Streamed:
    """Where the examples of a call come from that are not all on the device.

    Attributes:
        strategy: the replicas that compute them.
        examples: as they are stored.
        parts: in how many parts each batch is computed.
        before: how many examples before each share are mixed into it; before the first, the last.
        inputs: how they lie on a device.
        labels: likewise.
        on_gpu: whether these devices are GPUs.
        stored: nothing; every call brings its own.
    """

    strategy: tf.distribute.Strategy
    examples: Examples
    parts: int
    before: int
    inputs: Layout
    labels: Layout
    on_gpu: bool
    stored: Fetched = ()

    def fetch(self, indices: Array) -> Fetched:
        """Read the examples of a call.

        They are read in the order in which they are stored, each replica's by themselves.

        Args:
            indices: ``(steps, batch)`` int32.

        Returns:
            Inputs, labels, and for each of the indices, those before the first included, the
            row it has in these ``(steps, before + batch)`` int32, on the device of each replica;
            examples of other replicas have row 0.
        """
        batch = indices.shape[1]
        indices = np.concatenate([indices[:, batch - self.before :], indices], axis=1)
        replicas = self.strategy.num_replicas_in_sync

        def of_replica(replica: int) -> Fetched:
            mine = positions_of(batch, self.parts, replica, replicas, self.before)
            wanted, places = np.unique(indices[:, mine], return_inverse=True)
            rows = np.zeros(indices.shape, np.int32)
            rows[:, mine] = places.reshape(len(indices), len(mine))
            again = places.size - len(wanted)  # of steps that are never reached
            wanted = np.pad(wanted, (0, again), mode="edge")
            inputs = self.inputs.packed(np.take(self.examples.inputs, wanted, axis=0))
            labels = self.labels.packed(np.take(self.examples.labels, wanted, axis=0))
            return tf.constant(inputs), tf.constant(labels), tf.constant(rows)

        found: Fetched = on_replicas(self.strategy, of_replica)
        return found


def make_streamed(
    strategy: tf.distribute.Strategy, examples: Examples, parts: int, before: int = 0
) -> Streamed:
    """Leave the stored examples where they are, to be fetched call by call.

    Args:
        strategy: the replicas that compute them.
        examples: as they are stored, mapped into memory or in it.
        parts: in how many parts each batch is computed.
        before: how many examples before each share are mixed into it.
    """
    on_gpu = are_gpus(devices_of(strategy))
    plain = Examples(np.asarray(examples.inputs), np.asarray(examples.labels))  # the same memory
    inputs, labels = layout_of(plain.inputs, on_gpu), layout_of(plain.labels, on_gpu)
    return Streamed(strategy, plain, parts, before, inputs, labels, on_gpu)
