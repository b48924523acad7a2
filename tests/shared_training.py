"""A training of several workers, each the real command, watched and disturbed from outside."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltrain.checkpoints import folder, store
from one_life import CONFIG, DLTRAIN, Training

LAUNCH = (*DLTRAIN, "launch", CONFIG, "--offline", "--workers", "2")
ALONE = (*DLTRAIN, "run", CONFIG, "--offline")
MOST_SECONDS = 120.0
SECONDS_BETWEEN_LOOKS = 0.01
Process = subprocess.Popen[bytes]

RANDOM = """\
model: {name: mlp, hidden_units: [32], norm: batch, dropout: 0.2}
data: {name: digits, limit: 640, batch_size: 16, validation: 100, augmentation: {translate: 1}}
optimizer: {name: adamw, learning_rate: 3e-3, clip_norm: 1.0}
train: {epochs: 4, ema: 0.9, precision: float32, steps_per_call: 2, checkpoint_steps: 7}
"""
"""Every random layer and every running statistic that a restart could lose; 40 steps an epoch."""

EXACT = """\
model: {name: mlp, hidden_units: [32], norm: batch, dropout: 0.0}
data: {name: digits, limit: 960, batch_size: 48, validation: 100, augmentation: {translate: 1}}
optimizer: {name: adamw, learning_rate: 3e-3, clip_norm: 1.0, epsilon: 1e-3}
train: {epochs: 6, ema: 0.9, precision: float32, jit: false, steps_per_call: 1, checkpoint_steps: 7}
"""
"""No random layer, so that every number of devices gives the same curve; see benchmarks/parity."""


@dataclass(frozen=True)
class SharedTraining(Training):
    """A working directory in which nobody works but the processes of one training."""

    def processes(self) -> dict[int, str]:
        """Process id and TF_CONFIG of whoever works in this directory, whatever its parent."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just ended
                if (process / "cwd").readlink() == self.directory:
                    found[int(process.name)] = _tf_config_of(process)
        return found

    def workers(self) -> dict[int, int]:
        """Process id of each worker that is alive, by its number."""
        configs = {pid: text for pid, text in self.processes().items() if text}
        return {json.loads(text)["task"]["index"]: pid for pid, text in configs.items()}

    def is_complete(self) -> bool:
        """Whether both of two workers have been started."""
        return self.workers().keys() == {0, 1}

    def is_in_mid_epoch(self) -> bool:
        """Whether the newest checkpoint is of the midst of an epoch after the first."""
        state = self.newest_state()
        return bool(state.get("epoch", 0) and state["step_in_epoch"])

    def has_said(self, text: str) -> Callable[[], bool]:
        """Whether a text stands in what was said; to be asked later."""
        return lambda: text in self.log

    def wait_for(self, sign: Callable[[], Any], process: Process) -> None:
        """Wait until something is seen, which has to be before the process ends."""
        deadline = time.monotonic() + MOST_SECONDS
        while not sign():
            code = process.poll()
            assert code is None, f"ended with {code} too early:\n{self.log[-3000:]}"
            assert time.monotonic() < deadline, f"nothing happens:\n{self.log[-3000:]}"
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def end_of(self, process: Process) -> int:
        """The exit code of a process that has to end in time, leaving nobody behind."""
        try:
            code = process.wait(MOST_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it hangs:\n{self.log[-3000:]}") from None
        assert self.processes() == {}, f"somebody is left behind:\n{self.log[-3000:]}"
        return code

    def signal_in_mid_epoch(self, command: tuple[str, ...], worker: int | None, number: int) -> int:
        """Start a command and signal one of its workers in mid-epoch, or itself.

        Returns:
            The exit code of the command.
        """
        with self.process(*command) as process:
            self.wait_for(self.is_in_mid_epoch, process)
            os.kill(process.pid if worker is None else self.workers()[worker], number)
            return self.end_of(process)

    def finish(self, *command: str) -> None:
        """Run a command undisturbed; it has to exit with 0 and to leave nobody behind."""
        with self.process(*command) as process:
            code = self.end_of(process)
        assert code == 0, f"exit code {code} instead of 0:\n{self.log[-3000:]}"

    def resumed_in_mid_epoch(self) -> bool:
        """Whether the last life has begun in the midst of an epoch."""
        steps = [event["step"] for event in self.events() if event["event"] == "resumed"]
        first = json.loads(self.run.metrics.read_text().splitlines()[0])
        return bool(steps and steps[-1] % first["step"])

    def stopped_at(self) -> int:
        """The step at which a signal stopped it, where its newest checkpoint has to stand, whole."""
        newest = folder.in_folder(self.run.checkpoints)[-1]
        (event,) = [event for event in self.events() if event["event"] == "interrupted"]
        assert store.load(newest).step == event["step"]
        return int(event["step"])

    def figures(self) -> list[tuple[int, dict[str, float]]]:
        """Step and figures of every line of metrics, those of validation after those of training."""
        lines = [json.loads(line) for line in self.run.metrics.read_text().splitlines()]
        return [(line["step"], line[split]) for line in lines for split in ("train", "validation")]


def same_curve(one: SharedTraining, other: SharedTraining) -> bool:
    """Whether two trainings have logged the same: losses within 1e-5, all else exactly."""
    pairs = list(zip(one.figures(), other.figures(), strict=True))
    return bool(pairs) and all(
        here_step == there_step
        and here["accuracy"] == there["accuracy"]
        and abs(here["loss"] - there["loss"]) <= 1e-5 * abs(there["loss"])
        for (here_step, here), (there_step, there) in pairs
    )


def end_all(training: SharedTraining) -> None:
    """Leave nothing of a failed test running."""
    for pid in training.processes():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _tf_config_of(process: Path) -> str:
    variables = (process / "environ").read_bytes().split(b"\0")
    return next((v.decode()[10:] for v in variables if v.startswith(b"TF_CONFIG=")), "")
