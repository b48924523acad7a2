"""One life of a training: the real command, from its start to a signal at a random moment."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import dltrain
from dltrain.checkpoints import folder
from dltrain.cli.run import compose, default_run_dir
from dltrain.runs.run_dir import RunDir

CONFIG = "training.yaml"
DLTRAIN = (sys.executable, "-m", "dltrain")
SECONDS_BETWEEN_LOOKS = 0.002
MOST_SECONDS_OF_A_LIFE = 600.0
FIRST_STEPS = "first steps, before any checkpoint of this life"
EXIT_CODES = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: 130}


@dataclass(frozen=True)
class Training:
    """A working directory with one config; every life is the same command in it."""

    directory: Path

    @classmethod
    def of(cls, directory: Path, config: str) -> Self:
        """Make the directory and write the config into it."""
        directory.mkdir(parents=True)
        (directory / CONFIG).write_text(config)
        return cls(directory)

    @cached_property
    def run(self) -> RunDir:
        """Where the command puts its run by itself."""
        config = self.directory / CONFIG
        experiment = compose(config, None, seed=None, smoke=False, synthetic=False)
        return RunDir(self.directory / default_run_dir(config, experiment))

    @property
    def log(self) -> str:
        """What all lives have said so far."""
        return (self.directory / "said.log").read_text()

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing left to kill."""
        return self.run.summary.exists()

    def events(self) -> list[dict[str, Any]]:
        """The lines of `events.jsonl`; one that a kill has torn is left out."""
        if not self.run.events.exists():
            return []
        whole = self.run.events.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def newest_step(self) -> int:
        """The step of the newest checkpoint, -1 before the first."""
        saved = folder.in_folder(self.run.checkpoints)
        return folder.step_of(saved[-1]) if saved else -1

    def newest_state(self) -> dict[str, Any]:
        """Where the training stood at its newest checkpoint, empty before the first."""
        saved = folder.in_folder(self.run.checkpoints)
        with suppress(OSError, IndexError):  # none yet, or it has just been replaced
            return dict(json.loads((saved[-1] / "state.json").read_text()))
        return {}

    @contextmanager
    def process(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command as a process with a group of its own, of which nothing outlives the block."""
        source = str(Path(dltrain.__file__).parents[1])
        with (self.directory / "said.log").open("ab") as said:
            process = subprocess.Popen(
                command,
                cwd=self.directory,
                env={**os.environ, "PYTHONPATH": source},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def to_the_end(self, *command: str) -> None:
        """Run the command undisturbed; it has to exit with 0."""
        with self.process(*(command or (*DLTRAIN, "run", CONFIG))) as process:
            code = process.wait(MOST_SECONDS_OF_A_LIFE)
        assert code == 0, f"exit code {code} instead of 0:\n{self.log[-2000:]}"


class Life:
    """One process of a training that is watched from outside."""

    def __init__(self, training: Training, process: "subprocess.Popen[bytes]") -> None:
        self.training, self.process = training, process
        self.run = training.run
        self.started = time.time()
        self._events, self._step = len(training.events()), training.newest_step()

    def wait_for(self, sign: Callable[[], bool]) -> bool:
        """Wait until something is seen; False if the process has ended before."""
        deadline = time.monotonic() + MOST_SECONDS_OF_A_LIFE
        while not sign():
            if self.process.poll() is not None:
                assert self.process.returncode == 0, self.training.log[-2000:]
                return False
            assert time.monotonic() < deadline, f"no sign of life:\n{self.training.log[-2000:]}"
            time.sleep(SECONDS_BETWEEN_LOOKS)
        return True

    def has_prepared(self) -> bool:
        """Whether everything before the first step is done: the start has been noted."""
        return len(self.training.events()) > self._events

    def has_stepped(self) -> bool:
        """Whether steps have been made, for which a new checkpoint is a sure sign."""
        return self.training.newest_step() > self._step or self.is_over()

    def is_over(self) -> bool:
        """Whether the last step is made, and test and export are left."""
        return self.has_prepared() and bool(self.training.newest_state().get("stopped"))

    def is_writing(self) -> bool:
        """Whether a checkpoint stands half written."""
        return any(map(self._is_of_this_life, self.run.checkpoints.glob(".partial-*")))

    def has_just_begun(self) -> bool:
        """Whether the first steps of this life are made.

        A checkpoint half written is the sure sign: the clock asks for one after the first call,
        which has compiled. None is whole then, so the steps will be lost.
        """
        return self.has_prepared() and (self.is_writing() or self.has_stepped())

    def end(self, number: signal.Signals) -> bool:
        """Send a signal to the process; False if it had ended by itself by then."""
        if number == signal.SIGKILL:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        code = self.process.wait(MOST_SECONDS_OF_A_LIFE)
        is_finished = self.training.is_finished
        # an interpreter that is shutting down with its work done dies of any signal
        allowed = {EXIT_CODES[number]} | ({0, -number} if is_finished else set())
        said = self.training.log[-2000:]
        assert code in allowed, f"exit code {code} after {number.name}:\n{said}"
        return code != 0 and (number == signal.SIGKILL or not is_finished)

    def place(self) -> str:
        """What the process was doing, as far as what it left behind tells."""
        if not self.has_prepared():
            return "start-up"
        if self.is_writing():
            return "writing a checkpoint" if self.has_stepped() else FIRST_STEPS
        if self.is_over():
            exported = (self.run.model, self.run.path / ".partial-model.keras")
            return (
                "export" if any(map(self._is_of_this_life, exported)) else "end of training, test"
            )
        return "steps, validation" if self.has_stepped() else "compiling, first steps"

    def has_metrics_ahead(self) -> bool:
        """Whether the metrics hold a line that the newest checkpoint does not know."""
        length = self.run.metrics.stat().st_size if self.run.metrics.exists() else 0
        return length > self.training.newest_state().get("metrics_length", 0)

    def _is_of_this_life(self, path: Path) -> bool:
        with suppress(OSError):
            return path.stat().st_mtime >= self.started
        return False
