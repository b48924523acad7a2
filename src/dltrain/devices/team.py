"""The workers of a training, as one of them sees them: sums over all, and what the chief says."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.errors import RunError
from dltrain.runs.cluster import ALONE, Cluster

BYTES_PER_WORD = 8
LOST = (
    *(tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError),
    *(tf.errors.DeadlineExceededError, tf.errors.FailedPreconditionError),
)
"""What TensorFlow raises in a sum over workers of which one is gone."""


class Team:
    """The workers that train together; one that is alone is a team too.

    Every worker has to call the same methods in the same order: each call waits for all.

    Attributes:
        strategy: what their devices share the work by.
        cluster: who they are.
    """

    def __init__(self, strategy: tf.distribute.Strategy, cluster: Cluster = ALONE) -> None:
        self.strategy, self.cluster = strategy, cluster

    @property
    def is_alone(self) -> bool:
        """Whether there is no other worker."""
        return self.cluster.is_alone

    @property
    def is_chief(self) -> bool:
        """Whether this worker writes the run directory."""
        return self.cluster.is_chief

    def total(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Sums over all workers; exact.

        Args:
            numbers: ``(n,)`` int64, as many from each worker, at least one.
        """
        if self.is_alone:
            return numbers
        return self._total(tf.constant(numbers.astype(np.int64))).numpy()

    def from_chief(self, data: bytes | None) -> bytes:
        """What the chief has, for everyone.

        Args:
            data: the chief's own; of the others it is not looked at.
        """
        if self.is_alone:
            return data or b""
        mine = (data or b"") if self.is_chief else b""
        length = int(self.total(np.array([len(mine)]))[0])
        if length == 0:  # TensorFlow does not survive the sum of nothing
            return b""
        words = np.zeros(-(-length // BYTES_PER_WORD), np.int64)
        if self.is_chief:
            words.view(np.uint8)[:length] = np.frombuffer(mine, np.uint8)
        return self.total(words).tobytes()[:length]

    def meet(self) -> None:
        """Wait until every worker has come as far."""
        self.total(np.zeros(1, np.int64))

    @contextmanager
    def losing_nobody(self) -> Iterator[None]:
        """Tell in plain words that another worker is gone.

        Raises:
            RunError: a sum over all workers has failed in the block.
        """
        try:
            yield
        except LOST as error:
            if self.is_alone:
                raise
            raise RunError(
                f"{self.cluster.name} has lost another worker, which has ended or cannot be "
                "reached.\n"
                "The same command on every worker goes on from the last checkpoint."
            ) from error

    @cached_property
    def _total(self) -> Any:
        """Compiled once: a sum outside of a compiled function takes a key that is never freed."""

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)], autograph=False)
        def total(numbers: tf.Tensor) -> tf.Tensor:
            return self.strategy.reduce("SUM", numbers, axis=None)

        return total
