"""The addresses of a job step's tasks, from the variables SLURM sets."""

import os
import re

import tensorflow as tf

from dltrain.errors import UserError
from dltrain.runs.cluster import Cluster

LOWEST_PORT, PORTS = 20_000, 10_000  # below what systems hand out by themselves


def slurm_addresses(cluster: Cluster) -> tuple[str, ...]:
    """``host:port`` of every task, by rank; read by TensorFlow's own resolver.

    Its order is that of the alphabet, SLURM's that of numbers (``node2`` before ``node10``), so
    they are sorted anew. It divides GPUs too, of which it finds none on a cluster without; here
    that is left to ``srun --gpus-per-task``. Jobs that share a node get different ports.

    Raises:
        UserError: the variables are not there, or tasks are not laid out node by node.
    """
    try:
        job = int(os.environ.get("SLURM_JOB_ID", "0"))
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=LOWEST_PORT + job * 64 % PORTS,
            gpus_per_node=cluster.count,
            gpus_per_task=1,
            auto_set_gpu=False,
        )
        found = resolver.cluster_spec().as_dict()["worker"]
    except (RuntimeError, ValueError) as error:
        raise _not_understood(str(error)) from error
    addresses = tuple(sorted(found, key=_by_number))
    host = addresses[cluster.index].rpartition(":")[0]
    own = os.environ.get("SLURMD_NODENAME", host)
    if own != host:
        raise _not_understood(f"task {cluster.index} runs on {own}, where {host} was expected")
    return addresses


def _by_number(address: str) -> list[tuple[int, str]]:
    return [
        (int(part or 0), "") if part.isdigit() else (0, part)
        for part in re.split(r"(\d+)", address)
    ]


def _not_understood(problem: str) -> UserError:
    return UserError(
        f"the workers cannot be read from SLURM's variables: {problem}.\n"
        "Lay the tasks out node by node (srun --distribution=block), or name them with "
        "--workers and --worker."
    )
