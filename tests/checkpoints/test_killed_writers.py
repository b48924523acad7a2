"""Wherever a writer of a run is killed or refused, the old state or the new one is there, whole."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WRITERS = {
    "save beside, prune": 35,
    "save over": 35,
    "roll back": 45,
    "train": 120,
    "summary": 7,
    "config": 7,
    "metrics": 15,
    "events": 10,
    "export": 5,
    "decode cache": 20,
    "config copy": 10,
    "lines that wait": 12,
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `kill_writers.py` has found, by writer.

    It is a process of its own, as one that has imported TensorFlow can hardly be forked.
    """
    program = Path(__file__).with_name("kill_writers.py")
    folder = tmp_path_factory.mktemp("writers")
    command = [sys.executable, "-B", str(program), str(folder)]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # no threads, which a fork would lose
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=alone
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("writer", "operations"), WRITERS.items(), ids=WRITERS)
def test_trouble(reports: dict[str, Any], writer: str, operations: int) -> None:
    """In trouble at any file operation a writer leaves the old or the new state, or says so.

    Done again it comes to the very state of an undisturbed run, and leaves nothing else behind.
    """
    assert reports[writer]["operations"] >= operations  # they were seen, so there was trouble
    assert reports[writer]["problems"] == []


@pytest.mark.parametrize("writer", WRITERS)
def test_order(reports: dict[str, Any], writer: str) -> None:
    """What a name stands for is on the disk before the name is, and the name before the end."""
    assert reports[writer]["order"] == []


def test_a_writer_without_care(reports: dict[str, Any]) -> None:
    """One that writes in place is found torn, and not on the disk in the end."""
    found = reports["naive"]
    assert [problem.split(":")[0] for problem in found["problems"]] == [
        "killed before it",
        "killed in the middle of it",
    ]
    assert found["order"] == ["file is never synced"]


def test_without_tensorflow(reports: dict[str, Any]) -> None:
    """None of the writers needs TensorFlow."""
    assert reports["modules"] == {"tensorflow": False}
