"""Switches that must be set before TensorFlow computes anything."""

from dataclasses import asdict, dataclass
from typing import Any

import keras
import tensorflow as tf

from dltrain.config.schema import DistributionConfig
from dltrain.errors import UserError
from dltrain.runs.cluster import ALONE, Cluster
from dltrain.runs.manifest import usable_cores


@dataclass(frozen=True)
class Threads:
    """Thread counts of TensorFlow's two pools; another count changes the last bits of a sum."""

    intra_op: int
    inter_op: int

    @classmethod
    def of_this_machine(cls) -> "Threads":
        """One thread per usable core in each pool."""
        return cls(intra_op=usable_cores(), inter_op=usable_cores())

    def as_json(self) -> dict[str, int]:
        """For the manifest."""
        return asdict(self)


def prepare_tensorflow(
    *,
    seed: int,
    deterministic: bool,
    threads: Threads,
    distribution: DistributionConfig,
    cluster: Cluster = ALONE,
) -> tuple[str, ...]:
    """Set threads, devices, determinism and seeds; returns the notes a person should see.

    Raises:
        UserError: the devices the config asks for are not there.
    """
    notes = _set_threads(threads)
    _grow_gpu_memory()
    if cluster.is_alone:
        _prepare_replicas(distribution.replicas or 1)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    return notes


def _set_threads(threads: Threads) -> tuple[str, ...]:
    current = Threads(
        tf.config.threading.get_intra_op_parallelism_threads(),
        tf.config.threading.get_inter_op_parallelism_threads(),
    )
    if current == threads:
        return ()
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads.intra_op)
        tf.config.threading.set_inter_op_parallelism_threads(threads.inter_op)
    except RuntimeError:  # TensorFlow has already started, as inside a test or a notebook
        return (
            f"thread counts stay at {current.intra_op} and {current.inter_op} in this process "
            f"instead of {threads.intra_op} and {threads.inter_op}; the last bits may differ",
        )
    return ()


def _grow_gpu_memory() -> None:
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # already started with the setting it has
            break


def _prepare_replicas(replicas: int) -> None:
    gpus = tf.config.list_physical_devices("GPU")
    if gpus and replicas > len(gpus):
        raise UserError(
            f"distribution.replicas: {replicas} asks for more GPUs than the {len(gpus)} found.\n"
            "Lower it, leave it out to use every GPU, or hide the GPUs with CUDA_VISIBLE_DEVICES=''."
        )
    if not gpus and replicas > 1:
        _split_cpu(replicas)


def _split_cpu(replicas: int) -> None:
    """Make several logical CPUs, so that replicas can be tried on any machine."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    present = tf.config.get_logical_device_configuration(cpu)
    if present is not None and len(present) >= replicas:
        return
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * replicas
        )
    except RuntimeError as error:
        raise UserError(
            f"distribution.replicas: {replicas} cannot be set up: TensorFlow has already started "
            "in this process. Run it in a fresh process."
        ) from error


def describe_devices(
    replicas: int, precision: str, jit: bool | str, cluster: Cluster = ALONE
) -> str:
    """One line for the screen, e.g. ``2 CPU cores, float32``."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        where = f"{replicas} GPU{'s' if replicas > 1 else ''} ({gpu_name(gpus[0])})"
        where += "" if cluster.is_alone else f" of {cluster.count} workers"
    else:
        cores = usable_cores()
        where = f"{cores} CPU core{'s' if cores > 1 else ''}"
        if not cluster.is_alone:
            where = f"{cluster.count} workers, here {where}"
        elif replicas > 1:
            where += f", {replicas} replicas"
    compiled = {True: ", XLA", "update": ", XLA updates"}.get(jit, "")
    return f"{where}, {precision}{compiled}"


def gpu_name(gpu: Any) -> str:
    """The product name of a GPU as its driver gives it."""
    details = tf.config.experimental.get_device_details(gpu)
    return str(details.get("device_name", "unknown GPU"))
