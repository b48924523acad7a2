"""What the workers of one machine divide among themselves: cores, GPUs and ports."""

import contextlib
import os
import socket
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from dltrain.errors import UserError

VISIBLE_GPUS = "CUDA_VISIBLE_DEVICES"
NVIDIA_GPUS = Path("/proc/driver/nvidia/gpus")


def core_shares(cores: Collection[int], workers: int) -> list[set[int]] | None:
    """Equal shares of neighbouring cores; None where all workers have to share all cores.

    Equal, because all workers wait for the slowest: cores that are left over stay idle.
    """
    size = len(cores) // workers
    ordered = sorted(cores)
    return [set(ordered[size * i : size * (i + 1)]) for i in range(workers)] if size else None


def usable_core_shares(workers: int) -> list[set[int]] | None:
    """The shares of the cores this process may use; None where there is no way to assign them."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    return core_shares(os.sched_getaffinity(0), workers)


def visible_gpus(environment: Mapping[str, str], driver: Path = NVIDIA_GPUS) -> list[str]:
    """The GPUs that CUDA would see, as `CUDA_VISIBLE_DEVICES` names them.

    Args:
        environment: its `CUDA_VISIBLE_DEVICES` decides; CUDA reads it up to the first entry
            that names no GPU.
        driver: the folder in which NVIDIA's driver shows an entry per GPU.
    """
    if VISIBLE_GPUS not in environment:
        return [str(i) for i in range(len(list(driver.iterdir())))] if driver.is_dir() else []
    gpus = []
    for entry in environment[VISIBLE_GPUS].split(","):
        name = entry.strip()
        if not name or name.startswith("-") or name == "NoDevFiles":
            break
        gpus.append(name)
    return gpus


def gpu_shares(gpus: Sequence[str], workers: int) -> list[list[str]]:
    """Equal shares of the GPUs, one list per worker; empty lists where there is none.

    Raises:
        UserError: there are some, but fewer than workers.
    """
    if 0 < len(gpus) < workers:
        raise UserError(
            f"{workers} workers cannot share {len(gpus)} GPU{'s' if len(gpus) > 1 else ''}: each "
            "needs one of its own.\n"
            f"Start {len(gpus)} at most, or train on the CPU: write {VISIBLE_GPUS}='' in front of "
            "the command."
        )
    size = len(gpus) // workers
    return [list(gpus[size * i : size * (i + 1)]) for i in range(workers)]


@contextlib.contextmanager
def reserved_ports(number: int) -> Iterator[list[int]]:
    """Free TCP ports that nobody else is given while the block runs.

    The system would give a port that is only known to be free to the next who asks. These stay
    bound here; a server that says SO_REUSEPORT too may listen at them nevertheless.
    """
    with contextlib.ExitStack() as open_sockets:
        ports = []
        for _ in range(number):
            holder = open_sockets.enter_context(socket.socket())
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind(("", 0))
            ports.append(holder.getsockname()[1])
        yield ports
