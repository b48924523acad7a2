"""One turn of either side: a process of its own, timed from its start to its exit."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rows import HERE, Row

POLL_SECONDS = 0.05  # how exactly the time of a validation is known


@dataclass(frozen=True)
class Turn:
    """What one process did.

    Attributes:
        wall: seconds from its start to its exit.
        training: seconds of them spent training, by its own account.
        figure: the row's figure at the end: of the test part, or of training without one.
        final: what else it said at its end.
        history: the figure whenever it was judged. The script's: of the test part after each
            epoch. dltrain's: of its validation part; without one, of the test part at the
            end; without that too, as for the script then, of training.
        judged_at: seconds from the process's start to each entry of `history`; empty for
            the script, which does not tell.
        batch_size: examples per update.
    """

    wall: float
    training: float
    figure: float
    final: dict[str, float]
    history: list[float]
    judged_at: list[float]
    batch_size: int | str

    def reached(self, row: Row, target: float) -> float | None:
        """Seconds until the history was first as good as the target, or None."""
        for value, seconds in zip(self.history, self.judged_at, strict=True):
            if row.reaches(value, target):
                return seconds
        return None


def run_script(row: Row, arguments: list[str]) -> Turn:
    """Run the row's script as a reader would, with nothing set but its arguments."""
    command = [sys.executable, str(HERE / f"{row.script}.py"), *row.arguments, *arguments]
    wall, output = timed(command)
    line = json.loads(output.splitlines()[-1])
    return Turn(
        wall=wall,
        training=line["seconds_training"],
        figure=line["history"][-1],
        final=line["final"],
        history=line["history"],
        judged_at=[],
        batch_size=line["batch_size"],
    )


def run_dltrain(row: Row, run: Path, arguments: list[str], batch_size: int | str) -> Turn:
    """Run a config in a new run directory; arguments and batch size are those of the config."""
    command = [sys.executable, "-m", "dltrain", "run", *arguments, "--fresh", "--run-dir", str(run)]
    with LineClock(run / "metrics.jsonl") as clock:
        wall, _ = timed(command)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    judged = _judged(row, lines, clock.seconds)
    test = summary.get("test")
    if test and not judged:
        judged = [(test[row.figure], wall)]
    elif not judged:
        judged = _judged(row, lines, clock.seconds, part="train")
    final = test or summary.get("train") or lines[-1]["train"]
    history, judged_at = [list(column) for column in zip(*judged, strict=True)]
    return Turn(
        wall=wall,
        training=summary["seconds"],
        figure=final[row.figure],
        final=final,
        history=history,
        judged_at=judged_at,
        batch_size=batch_size,
    )


def _judged(
    row: Row, lines: list[dict[str, Any]], seconds: list[float], part: str = "validation"
) -> list[tuple[float, float]]:
    """The row's figure in each line that has it, and when that line was written."""
    pairs = zip(lines, seconds, strict=True)
    return [(line[part][row.figure], when) for line, when in pairs if line.get(part)]


class LineClock:
    """Notes when each line of a file appears, in seconds since it began to watch.

    It looks at the file's length twenty times a second, which costs the writer nothing.
    """

    def __init__(self, path: Path) -> None:
        self.seconds: list[float] = []
        self._path, self._read = path, 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(POLL_SECONDS):
            self._look()
        self._look()  # what has come since, when the process is gone

    def _look(self) -> None:
        if not self._path.exists() or self._path.stat().st_size == self._read:
            return
        now = time.perf_counter() - self._started
        with self._path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        self.seconds += [now] * new.count(b"\n")


def timed(command: list[str]) -> tuple[float, str]:
    """Wall-clock seconds of a process and what it printed; its errors end this program."""
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr}")
    return seconds, done.stdout
