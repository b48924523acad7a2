"""The stored examples, resident on the device of every replica, and batches gathered there.

On a GPU TensorFlow gathers no uint8, and it keeps int32 tensors in the memory of the host: an
argument of a compiled function is copied from there again at every step. So what is not a
floating-point number is kept on a GPU as int64 words, which are gathered where they lie and
turned back into the same bytes. On a CPU it is kept as it is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.data.augmentation import Augment
from dltrain.data.examples import Examples

WORD = np.dtype(np.int64)
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Layout:
    """How one column of examples lies on a device.

    Attributes:
        shape: of one example's values.
        dtype: of the values.
        in_words: whether rows are kept as words.
    """

    shape: tuple[int, ...]
    dtype: tf.DType
    in_words: bool

    def packed(self, array: Array) -> Array:
        """Rows as they are to be placed: ``(examples, *shape)``, or ``(examples, words)``."""
        return to_words(array) if self.in_words else array

    def gather(self, stored: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Some examples' values, inside a compiled step.

        Args:
            stored: what was packed, on the replica's device.
            rows: ``(batch,)`` int32, which of it.

        Returns:
            ``(batch, *shape)`` of the dtype.
        """
        found = tf.gather(stored, rows)
        return from_words(found, self.shape, self.dtype) if self.in_words else found


def layout_of(array: Array, on_gpu: bool) -> Layout:
    """How ``(examples, *shape)`` values lie on devices of that kind."""
    in_words = on_gpu and not np.issubdtype(array.dtype, np.floating)
    return Layout(array.shape[1:], tf.as_dtype(array.dtype), in_words)


@dataclass(frozen=True)
class Resident:
    """Inputs and labels on the device of every replica.

    Attributes:
        inputs: how they lie there.
        labels: likewise.
        on_gpu: whether these devices are GPUs.
        stored: inputs and labels; one such tensor for each replica where there are several.
    """

    inputs: Layout
    labels: Layout
    on_gpu: bool
    stored: tuple[Any, ...]


def make_resident(strategy: tf.distribute.Strategy, examples: Examples) -> Resident:
    """Put the stored examples on every replica's device, once."""
    on_gpu = are_gpus(devices_of(strategy))
    inputs, labels = layout_of(examples.inputs, on_gpu), layout_of(examples.labels, on_gpu)

    def placed(packed: Array) -> Any:
        return on_replicas(strategy, lambda _: tf.constant(packed))

    stored = placed(inputs.packed(examples.inputs)), placed(labels.packed(examples.labels))
    return Resident(inputs, labels, on_gpu, stored)


def devices_of(strategy: tf.distribute.Strategy) -> Sequence[str]:
    """The devices of this process's replicas, in their order."""
    if strategy.num_replicas_in_sync > 1:
        devices: Sequence[str] = strategy.extended.worker_devices
        return devices
    gpus = tf.config.list_logical_devices("GPU")
    return [gpus[0].name if gpus else "CPU:0"]


def are_gpus(devices: Sequence[str]) -> bool:
    """Whether the devices, all of one kind, are GPUs."""
    return "GPU" in devices[0]


def to_words(array: Array) -> Array:
    """The bytes of each row, with zeros behind them, as int64 words ``(examples, words)``."""
    row_bytes = math.prod(array.shape[1:]) * array.itemsize
    rows = np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(len(array), row_bytes)
    missing = -row_bytes % WORD.itemsize
    padded = np.pad(rows, ((0, 0), (0, missing))) if missing else rows
    return padded.view(WORD)


def from_words(words: tf.Tensor, shape: tuple[int, ...], dtype: tf.DType) -> tf.Tensor:
    """What `to_words` was given, bit for bit: ``(batch, *shape)`` of the dtype.

    It is put into shape as uint8, and not as int32, which a GPU would leave to the host.
    """
    size = math.prod(shape) * dtype.size
    octets = tf.reshape(tf.bitcast(words, tf.uint8), (-1, words.shape[1] * WORD.itemsize))
    octets = octets[:, :size]
    if dtype == tf.uint8:
        return tf.reshape(octets, (-1, *shape))
    return tf.bitcast(tf.reshape(octets, (-1, *shape, dtype.size)), dtype)


def for_gpu(augment: Augment) -> Augment:
    """The same change, with uint8 examples as float16 numbers in between.

    A GPU gathers these, and every uint8 is one of them.
    """

    def augment_on_gpu(inputs: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        if inputs.dtype != tf.uint8:
            return augment(inputs, indices, epoch)
        return tf.cast(augment(tf.cast(inputs, tf.float16), indices, epoch), tf.uint8)

    return augment_on_gpu


def on_replicas(strategy: tf.distribute.Strategy, make: Callable[[int], Any]) -> Any:
    """What a function makes for each replica of this process, made on the replica's device.

    Args:
        strategy: the replicas.
        make: given a replica's number among all there are.
    """
    devices = devices_of(strategy)

    def on_device(replica: int) -> Any:
        with tf.device(devices[replica % len(devices)]):  # a worker has but its own devices
            return make(replica)

    if strategy.num_replicas_in_sync == 1:
        return on_device(0)
    return strategy.experimental_distribute_values_from_function(
        lambda context: on_device(context.replica_id_in_sync_group)
    )
