"""The real command with faults injected; each start of it costs some seconds."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import dltrain

CONFIG = """\
model: {name: cnn, filters: [8], norm: batch, dropout: 0.2}
data: {name: digits, limit: 96, batch_size: 32, validation: 100, evaluation_limit: 60}
optimizer: {learning_rate: 1e-2, clip_norm: 1.0}
train: {epochs: 150, ema: 0.9, precision: float32, steps_per_call: 2, jit: false}
"""
EPOCH_TOLD = r"^epoch +\d\d+/"


class Command:
    """``dltrain run c.yaml --run-dir RUN`` under way, with what it has said so far."""

    def __init__(self, run: Path, *arguments: str) -> None:
        config = run.parent / "c.yaml"
        if not config.exists():
            config.write_text(CONFIG)
        self.said = ""
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "dltrain",
                "run",
                str(config),
                "--run-dir",
                str(run),
                *arguments,
            ],
            env=os.environ | {"PYTHONPATH": str(Path(dltrain.__file__).parents[1])},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, pattern: str = EPOCH_TOLD) -> None:
        """Read until a line of it matches, and let it stand still there.

        Without a pattern until the tenth epoch at least; the first ones have checkpoints by then.
        """
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if re.search(pattern, line):
                self.process.send_signal(signal.SIGSTOP)
                return
        pytest.fail(f"it never said {pattern!r}:\n{self.said}")

    def go_on(self) -> None:
        """Let it move again."""
        self.process.send_signal(signal.SIGCONT)

    def end(self, code: int) -> str:
        """What it has said when it has ended with this exit code, and without a traceback."""
        with self.process as process:
            assert process.stdout is not None
            self.said += process.stdout.read()
        assert process.returncode == code, self.said
        assert "Traceback" not in self.said
        return self.said

    def kill(self) -> None:
        """End it with no time for anything."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """``command(RUN, *options)`` starts it; what still runs after the test is killed."""
    started: list[Command] = []

    def start(run: Path = tmp_path / "run", *arguments: str) -> Command:
        started.append(Command(run, *arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """``mount(...)`` as the command does it, undone after the test; skips where it is forbidden."""

    def do(*arguments: str | Path) -> None:
        place = str(arguments[-1])
        done = subprocess.run(
            ["mount", *map(str, arguments)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"cannot mount here: {done.stderr.strip()}")
        mounted.append(place)

    mounted: list[str] = []
    if shutil.which("mount") is None:
        pytest.skip(f"cannot mount here, nor anywhere, for {tmp_path}: there is no such command")
    yield do
    for place in dict.fromkeys(mounted):
        subprocess.run(["umount", "--lazy", place], check=True)


class SmallDisk:
    """A disk of a few megabytes that can be filled to the last byte."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Take all the room there is."""
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def make_room(self) -> None:
        """Give it back."""
        self._filler.unlink()


@pytest.fixture
def disk(tmp_path: Path, mount: Callable[..., None]) -> SmallDisk:
    """A small disk with the config on it."""
    path = tmp_path / "disk"
    path.mkdir()
    mount("-t", "tmpfs", "-o", "size=6m", "none", path)
    (path / "c.yaml").write_text(CONFIG)
    return SmallDisk(path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A function that gives the run that nothing has disturbed."""
    run = tmp_path_factory.mktemp("undisturbed") / "run"

    def get() -> Path:
        if not run.exists():
            Command(run).end(0)
        return run

    return get
