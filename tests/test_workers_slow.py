"""Teams of real processes, disturbed in every way that is known, again and again."""

import os
import pty
import random
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from compare_runs import differences
from shared_training import (
    ALONE,
    EXACT,
    LAUNCH,
    MOST_SECONDS,
    RANDOM,
    SharedTraining,
    end_all,
    same_curve,
)

KILLS = 10
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
Begin = Callable[[str, str], SharedTraining]
Undisturbed = Callable[[], tuple[SharedTraining, float]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """A function that gives a training that nothing has disturbed, and its seconds."""

    @cache
    def get() -> tuple[SharedTraining, float]:
        training = SharedTraining.of(tmp_path_factory.mktemp("two") / "undisturbed", RANDOM)
        started = time.monotonic()
        training.finish(*LAUNCH)
        return training, time.monotonic() - started

    return get


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """``begin(name, config)`` makes a training of its own, of which nothing outlives the test."""
    trainings = []

    def of(name: str, config: str) -> SharedTraining:
        trainings.append(SharedTraining.of(tmp_path / name, config))
        return trainings[-1]

    yield of
    for training in trainings:
        end_all(training)


def seconds_to_the_others_end(training: SharedTraining, killed: int) -> float:
    """Kill a worker and wait until none of those that are there now is left."""
    pids = training.workers()
    os.kill(pids[killed], signal.SIGKILL)
    started = time.monotonic()
    while training.processes().keys() & pids.values():
        assert time.monotonic() - started < MOST_SECONDS, training.log[-3000:]
        time.sleep(0.005)
    return time.monotonic() - started


def test_ten_kills_in_a_row(undisturbed: Undisturbed, begin: Begin) -> None:
    """Any worker, killed in start-up or in mid-epoch: no hang, and the same bits in the end."""
    expected, whole = undisturbed()
    draw = random.Random(6)  # noqa: S311 - any moment will do
    seconds: list[float] = []
    for attempt in range(KILLS):
        training, worker = begin(f"killed-{attempt}", RANDOM), draw.randrange(2)
        is_early = attempt % 2 == 0
        delay = draw.uniform(0.0, 0.7 * whole if is_early else 0.3)
        with training.process(*LAUNCH, "--restarts", "1") as process:
            sign = training.is_complete if is_early else training.is_in_mid_epoch
            training.wait_for(sign, process)
            time.sleep(delay)
            seconds.append(seconds_to_the_others_end(training, worker))
            step = training.newest_step()
            code = training.end_of(process)
        since = "the start" if is_early else "a checkpoint in mid-epoch"
        print(
            f"worker {worker} killed {delay:.1f} s after {since}, checkpoint {step}: "
            f"the other ended after {seconds[-1]:.2f} s"
        )
        assert code == 0, training.log[-3000:]
        assert training.log.count(f"worker {worker} was killed by SIGKILL") == 1
        assert differences(expected.run.path, training.run.path) == []
    print(f"median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s")
    assert max(seconds) < 30.0


def test_the_chief_killed_for_good(undisturbed: Undisturbed, begin: Begin) -> None:
    """The others stop with it, and the same command goes on to the same bits."""
    training = begin("killed", RANDOM)
    assert training.signal_in_mid_epoch(LAUNCH, 0, signal.SIGKILL) == 1
    assert "worker 0 was killed by SIGKILL" in training.log
    training.finish(*LAUNCH)
    assert training.resumed_in_mid_epoch()
    assert differences(undisturbed()[0].run.path, training.run.path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_launcher(
    number: signal.Signals, undisturbed: Undisturbed, begin: Begin
) -> None:
    """All stop after one checkpoint, with the signal's exit code; nothing is lost."""
    training = begin("stopped", RANDOM)
    sent = signal.SIGTERM if number == signal.SIGHUP else number
    assert training.signal_in_mid_epoch((*LAUNCH, "--restarts", "1"), None, number) == 128 + sent
    assert training.stopped_at() == training.newest_step()
    assert "did not end by itself" not in training.log
    training.finish(*LAUNCH)
    assert differences(undisturbed()[0].run.path, training.run.path) == []


def test_ctrl_c_twice_in_a_terminal(
    undisturbed: Undisturbed, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keyboard reaches the launcher alone; all end with 130, and the cursor is shown again."""
    monkeypatch.setenv("TERM", "xterm-256color")
    training = begin("typed", RANDOM)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(training.directory)
        os.execv(sys.executable, LAUNCH)  # noqa: S606 - no shell
    shown = b""
    while not training.is_in_mid_epoch():
        shown += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    os.write(terminal, b"\x03")
    shown += read_all(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 130, repr(shown)
    assert training.processes() == {}
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
    assert b"Traceback" not in shown
    training.finish(*LAUNCH)
    assert differences(undisturbed()[0].run.path, training.run.path) == []


def read_all(terminal: int) -> bytes:
    """What is shown until nobody has the terminal any more, which Linux tells by an error."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as reader:
        while True:
            try:
                shown += reader.read(4096)
            except OSError:
                return shown


def test_a_launcher_that_is_killed(undisturbed: Undisturbed, begin: Begin) -> None:
    """Its workers notice, save and end; the same command goes on."""
    training = begin("orphaned", RANDOM)
    with training.process(*LAUNCH) as process:
        training.wait_for(training.is_in_mid_epoch, process)
        process.kill()
        killed = time.monotonic()
        while training.processes():
            assert time.monotonic() - killed < MOST_SECONDS, training.log[-3000:]
            time.sleep(0.01)
    print(f"workers ended {time.monotonic() - killed:.1f} s after their launcher was killed")
    assert training.stopped_at() == training.newest_step()
    training.finish(*LAUNCH)
    assert differences(undisturbed()[0].run.path, training.run.path) == []


@pytest.mark.parametrize("worker", [0, 1])
def test_a_worker_that_hangs(worker: int, undisturbed: Undisturbed, begin: Begin) -> None:
    """A worker that does nothing any more is given up, ended with the others, and started anew."""
    training = begin("hung", RANDOM)
    with training.process(*LAUNCH, "--restarts", "1") as process:
        training.wait_for(training.is_in_mid_epoch, process)
        os.kill(training.workers()[worker], signal.SIGSTOP)
        hung = time.monotonic()
        training.wait_for(training.has_said("restart 1 of 1"), process)
        print(f"worker {worker} hung: all ended after {time.monotonic() - hung:.1f} s")
        assert training.end_of(process) == 0, training.log[-3000:]
    assert f"worker {worker} did not end by itself and is killed" in training.log
    assert differences(undisturbed()[0].run.path, training.run.path) == []


def test_three_workers(begin: Begin) -> None:
    """Three workers, one of them killed and all started again, have the curve of one device."""
    shared, alone = begin("three", EXACT), begin("alone", EXACT)
    alone.finish(*ALONE)
    three = (*LAUNCH[:-1], "3", "--restarts", "1")
    assert shared.signal_in_mid_epoch(three, 2, signal.SIGKILL) == 0, shared.log[-3000:]
    assert shared.log.count("worker 2 was killed by SIGKILL") == 1
    assert shared.resumed_in_mid_epoch()
    assert same_curve(shared, alone)
