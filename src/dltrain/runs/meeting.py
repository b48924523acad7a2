"""How workers find each other before TensorFlow joins them: worker 0 waits, the others come.

TensorFlow waits for missing workers too, but deaf to signals and without a word of who is missing.
One line of JSON goes each way over a connection to worker 0's address; nothing in it is executed.
"""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel, NonNegativeInt, PositiveInt, ValidationError

from dltrain.config.save import digest
from dltrain.config.schema import ExperimentConfig
from dltrain.errors import RunError, UserError
from dltrain.runs.cluster import Cluster
from dltrain.runs.manifest import package_versions

POLL_SECONDS = 0.2
ANSWER_SECONDS = 5.0
LONGEST_LINE = 64 * 1024  # bytes
REUSE_PORT = "TF_GRPC_REUSE_PORT"  # set by `dltrain launch`, which keeps the ports for its workers
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Hello(BaseModel):
    """What a worker says when it comes.

    Attributes:
        worker: its number.
        workers: how many it believes there are.
        config: digest of its composed config.
        packages: installed versions.
    """

    worker: NonNegativeInt
    workers: PositiveInt
    config: str
    packages: dict[str, str | None]


class Answer(BaseModel):
    """What worker 0 says when all are there.

    Attributes:
        refused: why they do not train together; None where they do.
        over: how the run has ended, by its summary; None where there is something to train.
        threads: the thread counts the run began with, for a resume; None for the machine's own.
    """

    refused: str | None = None
    over: str | None = None
    threads: dict[str, int] | None = None


class LeftError(Exception):
    """A signal came while there was nothing to save."""


class OverError(Exception):
    """The run is over; the status of its summary is the message."""


@dataclass
class Waiting:
    """How long, and who is told.

    Attributes:
        should_stop: whether a signal has come.
        tell: told whom we wait for, whenever that changes.
        seconds: how long at most.
    """

    should_stop: Callable[[], bool]
    tell: Callable[[str], None]
    seconds: float = 1800.0
    _begun: float = field(default_factory=time.monotonic)
    _told: str = ""

    def go_on(self, what_for: str) -> None:
        """Wait on, unless it has been long enough.

        Raises:
            LeftError: a signal came.
            RunError: the time is over.
        """
        if self.should_stop():
            raise LeftError
        if time.monotonic() - self._begun > self.seconds:
            raise RunError(
                f"{what_for} did not come within {self.seconds:.0f} seconds.\n"
                "Start it, look whether its address is right and its port open, and run the same "
                "command again."
            )
        if what_for != self._told:
            self.tell(f"waiting for {what_for}")
            self._told = what_for


def hello_of(cluster: Cluster, experiment: ExperimentConfig) -> Hello:
    """What this worker says of itself."""
    return Hello(
        worker=cluster.index,
        workers=cluster.count,
        config=digest(experiment),
        packages=package_versions(),
    )


def tell_over(cluster: Cluster, experiment: ExperimentConfig, status: str, seconds: float) -> None:
    """Tell the other workers, if they come soon, that there is nothing to train.

    One that is not worker 0 only shows itself, so that worker 0 does not wait for it.

    Args:
        cluster: who they are.
        experiment: the composed config.
        status: of the run's summary.
        seconds: how long to wait for them.
    """
    if cluster.is_alone or not cluster.addresses:
        return
    waiting = Waiting(lambda: False, lambda _: None, seconds)
    with contextlib.suppress(RunError, UserError):
        meet(cluster, hello_of(cluster, experiment), Answer(over=status), waiting)


def meet(cluster: Cluster, hello: Hello, answer: Answer, waiting: Waiting) -> Answer:
    """Wait until all workers are there and mean the same.

    Args:
        cluster: with the addresses of all.
        hello: what this worker says.
        answer: what worker 0 answers where they do; of the others it is not looked at.
        waiting: how long, and who is told.

    Returns:
        What worker 0 has answered.

    Raises:
        LeftError: a signal came.
        RunError: some worker did not come, or this one cannot listen at its address.
        UserError: they do not mean the same; every worker raises it.
    """
    given = (
        _welcome(cluster, hello, answer, waiting)
        if cluster.is_chief
        else _come(cluster, hello, waiting)
    )
    if given.refused is not None:
        raise UserError(given.refused)
    return given


def _welcome(cluster: Cluster, own: Hello, answer: Answer, waiting: Waiting) -> Answer:
    guests: dict[int, tuple[socket.socket, Hello]] = {}
    try:
        with _listening(cluster) as server:
            while missing := _missing(cluster, guests):
                waiting.go_on(missing)
                _let_in(server, cluster, guests)
        refused = _refusal(own, [hello for _, hello in guests.values()])
        given = answer if refused is None else Answer(refused=refused)
        for connection, _ in guests.values():
            _send(connection, given)
        return given
    finally:
        for connection, _ in guests.values():
            connection.close()


def _listening(cluster: Cluster) -> socket.socket:
    host, port = _place(cluster)
    where = host if host in LOOPBACK else ""
    try:
        return socket.create_server((where, port), reuse_port=bool(os.environ.get(REUSE_PORT)))
    except OSError as error:
        raise RunError(
            f"worker 0 cannot listen at {host}:{port}: {error.strerror or error}.\n"
            "Give it another port, the same on every worker."
        ) from error


def _place(cluster: Cluster) -> tuple[str, int]:
    assert cluster.addresses, "the addresses are known before the workers meet"
    host, _, port = cluster.addresses[0].rpartition(":")
    return host, int(port)


def _missing(cluster: Cluster, guests: dict[int, tuple[socket.socket, Hello]]) -> str | None:
    """Who has not come, or has gone again; None if all are there."""
    for index, (connection, _) in list(guests.items()):
        if _is_gone(connection):
            connection.close()
            del guests[index]
    assert cluster.addresses, "the addresses are known before the workers meet"
    names = [
        f"worker {index} ({cluster.addresses[index]})"
        for index in range(1, cluster.count)
        if index not in guests
    ]
    return ", ".join(names) or None


def _is_gone(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _let_in(
    server: socket.socket, cluster: Cluster, guests: dict[int, tuple[socket.socket, Hello]]
) -> None:
    """Listen to one who knocks; whoever says something else is not one of us."""
    server.settimeout(POLL_SECONDS)
    try:
        connection, _ = server.accept()
    except TimeoutError:
        return
    connection.settimeout(ANSWER_SECONDS)
    try:
        hello = Hello.model_validate_json(_line(connection))
    except (OSError, ValidationError):
        connection.close()
        return
    if not 0 < hello.worker < cluster.count:
        _send(
            connection, Answer(refused=f"there is no worker {hello.worker} among {cluster.count}.")
        )
        connection.close()
        return
    if hello.worker in guests:
        guests[hello.worker][0].close()
    connection.setblocking(False)  # with a timeout Python waits whatever the flags of recv say
    guests[hello.worker] = connection, hello


def _refusal(own: Hello, others: list[Hello]) -> str | None:
    """Why these workers cannot train together, or None."""
    reasons: dict[str, tuple[Callable[[Hello], bool], str]] = {
        "was told of another number of workers": (
            lambda hello: hello.workers != own.workers,
            "Name the same workers everywhere.",
        ),
        "was started with another config": (
            lambda hello: hello.config != own.config,
            "Start every worker with the same config and the same options.",
        ),
        "has other packages": (
            lambda hello: hello.packages != own.packages,
            "Install the same versions of dltrain and TensorFlow everywhere.",
        ),
    }
    for what, (differs, remedy) in reasons.items():
        if names := [f"worker {hello.worker}" for hello in others if differs(hello)]:
            return f"{' and '.join(sorted(names))} {what} than worker 0.\n{remedy}"
    return None


def _come(cluster: Cluster, hello: Hello, waiting: Waiting) -> Answer:
    host, port = _place(cluster)
    while True:
        waiting.go_on(f"worker 0 ({host}:{port})")
        try:
            with socket.create_connection((host.strip("[]"), port), timeout=2.0) as connection:
                connection.sendall(hello.model_dump_json().encode() + b"\n")
                return _answer(connection, waiting)
        except (OSError, ValidationError):  # not there yet, or gone again, or somebody else
            time.sleep(POLL_SECONDS)


def _answer(connection: socket.socket, waiting: Waiting) -> Answer:
    connection.settimeout(POLL_SECONDS)
    while True:
        try:
            connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            waiting.go_on("the other workers")
            continue
        connection.settimeout(ANSWER_SECONDS)
        return Answer.model_validate_json(_line(connection))


def _line(connection: socket.socket) -> bytes:
    """One line; what is longer than any of ours is cut, and so no JSON.

    Raises:
        OSError: it did not come in time.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    received = b""
    while not received.endswith(b"\n") and len(received) < LONGEST_LINE:
        if time.monotonic() > deadline:
            raise TimeoutError
        part = connection.recv(4096)
        if not part:
            break
        received += part
    return received


def _send(connection: socket.socket, answer: Answer) -> None:
    """Answer, and let the other one close first: its port is of no use to anybody."""
    with contextlib.suppress(OSError):
        connection.settimeout(ANSWER_SECONDS)
        connection.sendall(answer.model_dump_json().encode() + b"\n")
        connection.recv(1)
