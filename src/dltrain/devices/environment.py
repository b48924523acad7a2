"""The facts that decide the last bits of a number, recorded with every run and checkpoint."""

from typing import Any

import tensorflow as tf

from dltrain.devices.setup import Threads, gpu_name
from dltrain.runs.manifest import cpu_name, package_versions

SHAPE = ("replicas", "workers")
"""The facts that decide how the work is divided; the rest decides how a device computes."""
UNRECORDED = {"workers": 1}
"""What older versions did not write down, because there was nothing else."""


def describe_environment(threads: Threads, replicas: int, workers: int = 1) -> dict[str, Any]:
    """Package versions, processor, device, threads and replicas, as plain JSON."""
    gpus = tf.config.list_physical_devices("GPU")
    return {
        "packages": package_versions(),
        "cpu": cpu_name(),
        "device": gpu_name(gpus[0]) if gpus else "CPU",
        "threads": threads.as_json(),
        "replicas": replicas,
        "workers": workers,
    }


def differing(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """The facts that are not what they were, one short phrase each."""
    phrases = []
    for key in ("packages", "cpu", "device", "threads", *SHAPE):
        old, new = before.get(key, UNRECORDED.get(key)), now[key]
        if key == "packages" and isinstance(old, dict):
            names = [name for name in new if old.get(name) != new[name]]
            phrases += [f"{name} {new[name]} instead of {old.get(name)}" for name in names]
        elif old != new:
            phrases.append(f"{key} {new} instead of {old}")
    return phrases
