"""From the config's `distribution` to a `tf.distribute` strategy."""

from functools import cache

import keras
import tensorflow as tf

from dltrain.config.schema import DistributionConfig


def make_strategy(distribution: DistributionConfig) -> tf.distribute.Strategy:
    """One device gets no explicit strategy, several get MirroredStrategy.

    TensorFlow's default strategy runs the same loop on one device without the cost of a
    replica, and it alone allows XLA.
    """
    replicas = count_replicas(distribution)
    if replicas == 1:
        return tf.distribute.get_strategy()
    return _mirrored(replicas)


@cache  # two in one process would use the same keys for their collectives, and clash
def _mirrored(replicas: int) -> tf.distribute.Strategy:
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    return tf.distribute.MirroredStrategy([f"{kind}:{index}" for index in range(replicas)])


def count_replicas(distribution: DistributionConfig) -> int:
    """Copies of the model that this config means on this machine."""
    if distribution.name == "one_device":
        return 1
    gpus = tf.config.list_physical_devices("GPU")
    return distribution.replicas or max(1, len(gpus))


def fitting(distribution: DistributionConfig) -> DistributionConfig:
    """A resolved distribution, or one device where the machine now has fewer GPUs."""
    gpus = len(tf.config.list_physical_devices("GPU"))
    if gpus and (distribution.replicas or 1) > gpus:
        return DistributionConfig(name="one_device", replicas=1)
    return distribution


def set_precision(precision: str) -> None:
    """Choose the numbers inside the layers; variables stay float32."""
    policies = {"bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
    keras.config.set_dtype_policy(policies.get(precision, "float32"))
