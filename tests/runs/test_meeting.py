"""Workers meet before TensorFlow joins them; who is missing or means something else is told."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from dltrain.config.load import load_text
from dltrain.errors import RunError, UserError
from dltrain.runs.cluster import Cluster
from dltrain.runs.meeting import Answer, Hello, LeftError, Waiting, hello_of, meet, tell_over

SECONDS = 20.0


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.create_server(("localhost", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def cluster() -> Cluster:
    """Three workers on this machine, seen by the first."""
    addresses = (f"localhost:{free_port()}", "localhost:1", "localhost:2")
    return Cluster(index=0, count=3, addresses=addresses)


def hello(index: int, **changes: Any) -> Hello:
    """What a worker says of itself."""
    said = Hello(worker=index, workers=3, config="abc", packages={"keras": "3"})
    return said.model_copy(update=changes)


def waiting(told: list[str] | None = None, seconds: float = SECONDS) -> Waiting:
    """Nobody asks to stop."""
    return Waiting(lambda: False, [].append if told is None else told.append, seconds)


def all_at_once(work: Callable[[int], Any]) -> list[Any]:
    """Three workers in threads; an error stands where one was raised."""

    def one(index: int) -> Any:
        try:
            return work(index)
        except (UserError, RunError) as error:
            return error

    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(one, range(3)))


def test_they_meet(cluster: Cluster) -> None:
    """Every worker gets the answer of worker 0."""
    answer = Answer(threads={"intra_op": 2, "inter_op": 1})
    given = all_at_once(
        lambda index: meet(
            replace(cluster, index=index),
            hello(index),
            answer if index == 0 else Answer(),
            waiting(),
        )
    )
    assert given == [answer] * 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"config": "xyz"},
            "worker 2 was started with another config than worker 0.\n"
            "Start every worker with the same config and the same options.",
        ),
        (
            {"packages": {"keras": "2"}},
            "worker 2 has other packages than worker 0.\n"
            "Install the same versions of dltrain and TensorFlow everywhere.",
        ),
        (
            {"workers": 4},
            "worker 2 was told of another number of workers than worker 0.\n"
            "Name the same workers everywhere.",
        ),
    ],
)
def test_one_that_means_something_else(
    cluster: Cluster, changes: dict[str, Any], message: str
) -> None:
    """All are told the same, and all end."""
    given = all_at_once(
        lambda index: meet(
            replace(cluster, index=index),
            hello(index, **changes if index == 2 else {}),
            Answer(),
            waiting(),
        )
    )
    assert [str(error) for error in given] == [message] * 3
    assert {type(error) for error in given} == {UserError}


def test_who_is_missing(cluster: Cluster) -> None:
    """Worker 0 names those that have not come, once; its patience ends."""
    told: list[str] = []
    with pytest.raises(RunError) as raised:
        meet(cluster, hello(0), Answer(), waiting(told, seconds=0.5))
    missing = "worker 1 (localhost:1), worker 2 (localhost:2)"
    assert told == [f"waiting for {missing}"]
    assert str(raised.value).startswith(f"{missing} did not come within")


def test_a_chief_that_does_not_come(cluster: Cluster) -> None:
    """The others try again and again, and name it."""
    told: list[str] = []
    with pytest.raises(RunError, match="worker 0"):
        meet(replace(cluster, index=1), hello(1), Answer(), waiting(told, seconds=0.5))
    assert told == [f"waiting for worker 0 ({cluster.addresses[0]})"]  # type: ignore[index]


@pytest.mark.parametrize("index", [0, 1])
def test_a_signal_ends_the_waiting(cluster: Cluster, index: int) -> None:
    """At once: there is nothing to save."""
    asked = threading.Event()
    threading.Timer(0.3, asked.set).start()
    started = time.monotonic()
    with pytest.raises(LeftError):
        meet(
            replace(cluster, index=index),
            hello(index),
            Answer(),
            Waiting(asked.is_set, lambda _: None, SECONDS),
        )
    assert time.monotonic() - started < SECONDS / 2


def test_strangers_are_no_workers(cluster: Cluster) -> None:
    """What says something else, nothing or far too much is let go, and harms nobody."""
    host, _, port = cluster.addresses[0].rpartition(":")  # type: ignore[index]

    def knock(text: bytes) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                with socket.create_connection((host, int(port)), 1.0) as connection:
                    connection.sendall(text)
                    return
            except OSError:
                time.sleep(0.05)

    def work(index: int) -> Any:
        if index == 1:
            knock(b"GET / HTTP/1.1\r\n\r\n\n")
            knock(b"")
            knock(b"[" * 100_000)
            knock(b'{"worker": 1}\n')
        return meet(replace(cluster, index=index), hello(index), Answer(), waiting())

    assert all_at_once(work) == [Answer()] * 3


def test_one_that_goes_and_comes_back(cluster: Cluster) -> None:
    """A worker restarted while the others still wait is counted once."""
    own = replace(cluster, count=2, addresses=cluster.addresses[:2])  # type: ignore[index]

    def work(index: int) -> Any:
        if index == 2:
            return None
        if index == 1:
            left = threading.Event()
            threading.Timer(0.3, left.set).start()
            with pytest.raises(LeftError):
                meet(
                    replace(cluster, index=1),
                    hello(1),
                    Answer(),
                    Waiting(left.is_set, lambda _: None, SECONDS),
                )
            return meet(replace(own, index=1), hello(1, workers=2), Answer(), waiting())
        time.sleep(0.6)
        return meet(own, hello(0, workers=2), Answer(), waiting())

    assert all_at_once(work)[:2] == [Answer(), Answer()]


def test_a_run_that_is_over(cluster: Cluster) -> None:
    """Worker 0 says so to those that come; it does not wait for others for ever."""
    experiment = load_text("model: {name: mlp}\ndata: {name: digits}\n", "a").experiment

    def work(index: int) -> Any:
        own = replace(cluster, index=index)
        if index == 0:
            return tell_over(own, experiment, "finished", SECONDS)
        return meet(own, hello_of(own, experiment), Answer(), waiting())

    assert all_at_once(work) == [None, Answer(over="finished"), Answer(over="finished")]
    started = time.monotonic()
    tell_over(cluster, experiment, "finished", 0.3)
    assert time.monotonic() - started < SECONDS / 2


def test_a_port_that_is_taken(cluster: Cluster) -> None:
    """The message says whose, and what to do."""
    host, _, port = cluster.addresses[0].rpartition(":")  # type: ignore[index]
    with socket.create_server((host, int(port))), pytest.raises(RunError) as raised:
        meet(cluster, hello(0), Answer(), waiting())
    assert f"worker 0 cannot listen at localhost:{port}: Address already in use" in str(
        raised.value
    )
