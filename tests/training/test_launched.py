"""A worker ends in good order when its launcher is gone."""

import os
import subprocess
import sys
from pathlib import Path

import dltrain

WORKER = """
import time
from dltrain.training.interrupt import listen
with listen() as interrupt:
    print("ready", flush=True)
    deadline = time.monotonic() + float({seconds})
    while not interrupt.requested() and time.monotonic() < deadline:
        time.sleep(0.01)
    print(interrupt.signal_number)
"""


def said_after_end_of_input(seconds: float, **variables: str) -> list[str]:
    """What a process says that listens for signals, once its standard input has ended."""
    paths = {"PYTHONPATH": str(Path(dltrain.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER.format(seconds=seconds)],
        env={**os.environ, **paths, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out.split()


def test_end_of_input() -> None:
    """It counts as SIGTERM for a worker that was launched, and for nobody else."""
    assert said_after_end_of_input(30, DLTRAIN_LAUNCHED="1") == ["ready", "15"]
    assert said_after_end_of_input(0.2) == ["ready", "None"]
