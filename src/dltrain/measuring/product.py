"""What a large product of matrices reaches on this device: the most a network could hope for."""

import time
from collections.abc import Callable

import tensorflow as tf

SIDE_ON_CPU, SIDE_ON_GPU = 2048, 8192
DTYPES = {"bfloat16": tf.bfloat16, "float16": tf.float16}


def make_product(precision: str, side: int | None = None) -> Callable[[float], float]:
    """A function that multiplies for so many seconds and gives floating-point operations a second.

    Args:
        precision: of the matrices; float32 means what it means in training.
        side: of the square matrices; by the kind of device when absent.
    """
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    length = side or (SIDE_ON_GPU if on_gpu else SIDE_ON_CPU)
    values = tf.random.stateless_normal((length, length), seed=(0, 0))
    matrix = tf.cast(values, DTYPES.get(precision, tf.float32))

    @tf.function(autograph=False)
    def product() -> tf.Tensor:
        return tf.matmul(matrix, matrix)

    def rate(at_least: float) -> float:
        started, count = time.perf_counter(), 0
        while True:
            product()[0, 0].numpy()  # waits for the device
            count += 1
            seconds = time.perf_counter() - started
            if seconds >= at_least:
                return 2 * length**3 * count / seconds

    return rate
