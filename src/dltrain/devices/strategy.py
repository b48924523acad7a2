"""From the config's `distribution` to a `tf.distribute` strategy."""

from functools import cache

import keras
import tensorflow as tf

from dltrain.config.schema import DistributionConfig
from dltrain.errors import RunError, UserError
from dltrain.runs.cluster import ALONE, Cluster


def make_strategy(
    distribution: DistributionConfig, cluster: Cluster = ALONE
) -> tf.distribute.Strategy:
    """One device gets no explicit strategy, several get MirroredStrategy, workers theirs.

    TensorFlow's default strategy runs the same loop on one device without the cost of a
    replica, and it alone allows XLA. With other workers this waits until all of them are
    there, deaf to signals, and it has to come before TensorFlow computes anything.

    Raises:
        UserError: the config's number of replicas is not that of the workers' devices.
        RunError: this worker cannot be reached at its address.
    """
    replicas = count_replicas(distribution, cluster)
    if not cluster.is_alone:
        return _multi_worker(cluster, replicas // cluster.count)
    if replicas == 1:
        return tf.distribute.get_strategy()
    return _mirrored(replicas)


@cache  # two in one process would use the same keys for their collectives, and clash
def _mirrored(replicas: int) -> tf.distribute.Strategy:
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    return tf.distribute.MirroredStrategy([f"{kind}:{index}" for index in range(replicas)])


@cache  # a process joins its team once
def _multi_worker(cluster: Cluster, replicas_here: int) -> tf.distribute.Strategy:
    addresses = cluster.addresses or ()
    gpus = replicas_here if tf.config.list_physical_devices("GPU") else 0
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(addresses)}),
        task_type="worker",
        task_id=cluster.index,
        num_accelerators={"GPU": gpus},
        rpc_layer="grpc",
    )
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except tf.errors.OpError as error:
        reason = " ".join(str(error.message).split())[:200]
        raise RunError(
            f"{cluster.name} cannot join the others as {addresses[cluster.index]}: {reason}\n"
            "Is the port free, and is that this machine's name?"
        ) from error


def has_joined() -> bool:
    """Whether this process has joined its team, which it does once, at its one address."""
    return _multi_worker.cache_info().currsize > 0


def count_replicas(distribution: DistributionConfig, cluster: Cluster = ALONE) -> int:
    """Copies of the model that this config means on these workers, all of them together.

    Raises:
        UserError: it names another number than the workers' devices give.
    """
    if distribution.name == "one_device":
        return 1
    gpus = len(tf.config.list_physical_devices("GPU"))
    if cluster.is_alone:
        return distribution.replicas or max(1, gpus)
    here = max(1, gpus)
    replicas = distribution.replicas or here * cluster.count
    if replicas % cluster.count or replicas // cluster.count > here:
        devices = f"{gpus} GPUs" if gpus else "no GPU, so one replica"
        raise UserError(
            f"distribution.replicas: {replicas} cannot be held by {cluster.count} workers, of "
            f"which this one has {devices}.\n"
            f"Write {here * cluster.count}, or leave it out."
        )
    return replicas


def fitting(distribution: DistributionConfig) -> DistributionConfig:
    """A resolved distribution, as near as the devices that are there now come to it.

    What several workers held is held by as many replicas in one process, or by one device
    where the machine has fewer GPUs.
    """
    gpus = len(tf.config.list_physical_devices("GPU"))
    replicas = distribution.replicas or 1
    if replicas == 1 or (gpus and replicas > gpus):
        return DistributionConfig(name="one_device", replicas=1)
    return DistributionConfig(name="mirrored", replicas=replicas)


def set_precision(precision: str) -> None:
    """Choose the numbers inside the layers; variables stay float32.

    On a GPU float32 means float32: TensorFlow's default there keeps 10 bits of 23 in products
    of matrices (TF32), and one device and many would no longer agree.
    """
    policies = {"bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
    keras.config.set_dtype_policy(policies.get(precision, "float32"))
    tf.config.experimental.enable_tensor_float_32_execution(precision != "float32")
