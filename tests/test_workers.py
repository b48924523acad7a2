"""Several real processes share a training: the same curve, honest ends, nobody left behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from compare_runs import differences
from dltrain.checkpoints import folder, store
from dltrain.cli.worker_shares import reserved_ports
from one_life import DLTRAIN
from shared_training import (
    ALONE,
    EXACT,
    LAUNCH,
    RANDOM,
    SharedTraining,
    end_all,
    same_curve,
)

PARITY = Path(__file__).parents[1] / "benchmarks" / "parity.py"
pytestmark = pytest.mark.smoke


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], SharedTraining]:
    """A function that gives a training of two workers that nothing has disturbed."""

    @cache
    def get() -> SharedTraining:
        training = SharedTraining.of(tmp_path_factory.mktemp("two") / "undisturbed", RANDOM)
        training.finish(*LAUNCH)
        return training

    return get


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[str, str], SharedTraining]]:
    """``begin(name, config)`` makes a training of its own, of which nothing outlives the test."""
    trainings = []

    def of(name: str, config: str) -> SharedTraining:
        trainings.append(SharedTraining.of(tmp_path / name, config))
        return trainings[-1]

    yield of
    for training in trainings:
        end_all(training)


def test_two_workers_have_the_curve_of_one_device(tmp_path: Path) -> None:
    """Every logged loss is that of one device but for rounding, and every accuracy exactly."""
    figures = tmp_path / "parity.json"
    command = [sys.executable, str(PARITY), "--models", "mlp", "transformer"]
    command += ["--shapes", "one", "workers:2", "--json", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = json.loads(figures.read_text())
    assert [(row["model"], row["figures"]) for row in rows] == [("mlp", 7), ("transformer", 7)]
    assert all(row["accuracies_equal"] for row in rows), rows
    assert all(row["largest_difference"] <= 1e-5 for row in rows), rows


def test_eval_and_verify_of_what_two_workers_left(
    undisturbed: Callable[[], SharedTraining],
) -> None:
    """One process finds exactly the figures that two workers have logged."""
    training = undisturbed()
    training.finish(*DLTRAIN, "verify", str(training.run.path))
    training.finish(*DLTRAIN, "eval", str(training.run.path), "--json")
    said = json.loads(training.log[training.log.rindex("\n{\n") :])
    assert said["metrics"] == said["logged"]
    assert said["matches_logged"] is True


def test_a_worker_killed_in_mid_epoch(
    undisturbed: Callable[[], SharedTraining], begin: Callable[[str, str], SharedTraining]
) -> None:
    """It ends the others with 1, or with --restarts starts all again; no bit differs in the end."""
    training = begin("killed", RANDOM)
    assert training.signal_in_mid_epoch(LAUNCH, 1, signal.SIGKILL) == 1
    # TensorFlow's heartbeat may need 10 seconds, which are more than the launcher gives it
    assert re.search("worker 0 (has lost another worker|did not end by itself)", training.log)
    assert not training.is_finished
    step = training.newest_step()
    assert store.load(folder.in_folder(training.run.checkpoints)[-1]).step == step > 0
    with training.process(*LAUNCH, "--restarts", "1") as process:
        training.wait_for(lambda: training.newest_step() > step, process)
        training.wait_for(training.is_in_mid_epoch, process)
        os.kill(training.workers()[1], signal.SIGKILL)
        killed = time.monotonic()
        training.wait_for(training.has_said("restart 1 of 1: from the last checkpoint"), process)
        assert time.monotonic() - killed < 30.0
        assert training.end_of(process) == 0, training.log[-3000:]
    assert training.log.count("worker 1 was killed by SIGKILL") == 2
    assert "Traceback" not in training.log
    assert training.resumed_in_mid_epoch()
    assert differences(undisturbed().run.path, training.run.path) == []


def test_from_two_workers_to_one_process_and_back(
    begin: Callable[[str, str], SharedTraining],
) -> None:
    """A run stopped at any worker goes on in another shape, says so, and keeps its curve."""
    shared, alone = begin("shared", EXACT), begin("alone", EXACT)
    assert shared.signal_in_mid_epoch(LAUNCH, 1, signal.SIGTERM) == 143
    assert alone.signal_in_mid_epoch(ALONE, None, signal.SIGTERM) == 143
    for training, other_shape in ((shared, ALONE), (alone, LAUNCH)):
        assert not re.search("has lost|did not end by itself|Traceback", training.log)
        assert training.stopped_at() == training.newest_step()
        training.finish(*other_shape)
        assert training.log.count("bit-equality becomes 1e-5 from here") == 1
        assert training.resumed_in_mid_epoch()
    assert same_curve(shared, alone)


def test_workers_that_do_not_mean_the_same(
    begin: Callable[[str, str], SharedTraining], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both end with 2 before they train, and both name the one that means something else."""
    training = begin("differing", EXACT)
    monkeypatch.setenv("TF_GRPC_REUSE_PORT", "1")  # the ports are kept from others meanwhile
    with reserved_ports(2) as ports:
        names = ("--workers", ",".join(f"localhost:{port}" for port in ports), "--worker")
        commands = (*ALONE, *names, "0"), (*ALONE, *names, "1", "--set", "train.epochs=9")
        with training.process(*commands[0]) as zero, training.process(*commands[1]) as one:
            assert (zero.wait(120), one.wait(120)) == (2, 2)
    assert training.log.count("worker 1 was started with another config than worker 0") == 2
    assert training.processes() == {}
    assert list(training.directory.rglob("metrics.jsonl")) == []
    assert list(training.directory.rglob("worker-1.log")) == []
