"""The first signal to a process is kept; only its own second one leaves at once."""

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from dltrain.training.interrupt import deferring, dying_at_once, listen


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that has to come about at once."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def send(number: signal.Signals) -> None:
    """Signal the listening thread; of a process whose TensorFlow runs already, any might take it."""
    (listener,) = (each for each in threading.enumerate() if each.name == "signals")
    signal.pthread_kill(listener.ident or 0, number)


def test_the_first_signal_is_kept() -> None:
    """The loop reads it between two calls, and the person is told."""
    told: list[str] = []
    with listen() as interrupt:
        interrupt.notify = told.append
        send(signal.SIGTERM)
        until(interrupt.requested)
    assert interrupt.exit_code == 143
    assert told == ["stopping after a checkpoint; the same again leaves at once"]


def test_our_own_after_that_of_another_worker_is_no_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A scheduler signals the workers one after the other; all of them still save."""
    left: list[int] = []
    monkeypatch.setattr(os, "_exit", left.append)
    with listen() as interrupt:
        told: list[str] = []
        interrupt.notify = told.append
        interrupt.signal_number = signal.SIGINT  # as all workers have agreed
        send(signal.SIGTERM)
        time.sleep(0.2)
        assert (left, told, interrupt.exit_code) == ([], [], 130)
        send(signal.SIGTERM)
        until(lambda: bool(left))
    assert left == [143]


def test_deferring() -> None:
    """A signal waits until the block is over, and a thread that was made in it never takes one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    # a job in the background of a shell begins with SIGINT ignored
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    blocked: list[set[signal.Signals]] = []
    may_end = threading.Event()

    def made() -> None:
        may_end.wait(10)
        blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    thread = threading.Thread(target=made)
    with pytest.raises(KeyboardInterrupt), deferring():  # noqa: PT012 - it is raised at the end
        thread.start()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        is_still_here = True
    may_end.set()
    thread.join()
    signal.signal(signal.SIGINT, handler)
    assert is_still_here
    assert blocked[0] >= {signal.SIGTERM, signal.SIGINT}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_nobody_can_hear() -> None:
    """Where TensorFlow blocks every thread the process ends by the signal, as any other."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with listen():
        with dying_at_once():
            handlers = {signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
            assert handlers == {signal.SIG_DFL}
            assert not {signal.SIGTERM, signal.SIGINT} & blocked
        assert {signal.SIGTERM, signal.SIGINT} <= signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
