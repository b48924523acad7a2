"""The processes that ``dltrain launch`` starts on this machine, and their end."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from dltrain.cli.worker_output import WorkerOutput
from dltrain.cli.worker_shares import VISIBLE_GPUS, reserved_ports, usable_core_shares

Process = subprocess.Popen[bytes]


@dataclass(frozen=True, kw_only=True)
class Workers:
    """What is to be started.

    Attributes:
        command: the same for each worker; who it is stands in its TF_CONFIG.
        gpus: the GPUs of each worker, so its length is the number of workers.
    """

    command: list[str]
    gpus: list[list[str]]

    @property
    def size(self) -> int:
        """Number of workers."""
        return len(self.gpus)


@contextlib.contextmanager
def started(team: Workers, output: WorkerOutput) -> Iterator[list[Process]]:
    """Start the workers; however the block ends, none of them is left behind.

    Nothing is ever written into their common standard input: it ends with this process.
    """
    processes: list[Process] = []
    reading, writing = os.pipe()
    with reserved_ports(team.size) as ports:
        cores = usable_core_shares(team.size)
        addresses = [f"localhost:{port}" for port in ports]
        try:
            for index in range(team.size):
                environment = _environment(addresses, index, team.gpus[index])
                with _on_cores(cores[index] if cores else None):
                    process = _start(team.command, environment, reading, index, output)
                processes.append(process)
                pipe = process.stderr if index == 0 else process.stdout
                if pipe is not None:
                    output.read(index, pipe)
            yield processes
        finally:
            for process in processes:
                kill(process)
            os.close(reading)
            os.close(writing)


def kill(process: Process) -> None:
    """End a worker at once, with all that it has started; safe at any moment of a training."""
    if process.poll() is None:  # so its process group cannot have become another's
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(addresses: list[str], index: int, gpus: list[str]) -> dict[str, str]:
    cluster = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    environment = {
        **os.environ,
        "TF_CONFIG": json.dumps(cluster),
        "TF_GRPC_REUSE_PORT": "1",  # its port is reserved for it, see `reserved_ports`
        "DLTRAIN_LAUNCHED": "1",
    }
    return environment | ({VISIBLE_GPUS: ",".join(gpus)} if gpus else {})


def _start(
    command: list[str], environment: dict[str, str], stdin: int, index: int, output: WorkerOutput
) -> Process:
    """Worker 0 has the summary for standard output and, on a terminal, the screen."""
    is_chief = index == 0
    return subprocess.Popen(  # noqa: S603 - our own command
        command,
        env=environment,
        stdin=stdin,
        stdout=None if is_chief else subprocess.PIPE,
        stderr=_chief_stderr(output) if is_chief else subprocess.STDOUT,
        process_group=0,  # a terminal's Ctrl-C reaches the launcher alone, which passes it on
    )


def _chief_stderr(output: WorkerOutput) -> int | None:
    return None if output.is_terminal else subprocess.PIPE


@contextlib.contextmanager
def _on_cores(cores: set[int] | None) -> Iterator[None]:
    """What is started in the block runs on these cores; None for all."""
    if cores is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
