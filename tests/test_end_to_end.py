"""The real command killed and stopped by signals."""

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dltrain

CONFIG = """\
model: {name: cnn, filters: [8], norm: batch, dropout: 0.2}
data: {name: digits, limit: 100, batch_size: 32, validation: 100, evaluation_limit: 60}
optimizer: {learning_rate: 1e-2, clip_norm: 1.0}
train: {epochs: 120, ema: 0.9, precision: float32, steps_per_call: 2, jit: update}
"""


def start(*arguments: Any, cwd: Path) -> subprocess.Popen[str]:
    """Start dltrain; its error stream is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "dltrain", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(dltrain.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*arguments: Any, cwd: Path) -> tuple[int, str, str]:
    """Run dltrain to its end; gives exit code, stdout and stderr."""
    with start(*arguments, cwd=cwd) as process:
        out, err = process.communicate(timeout=200)
    return process.returncode, out, err


def stop(process: subprocess.Popen[str], number: signal.Signals, delay: float) -> tuple[int, str]:
    """Send a signal some time after the first epoch was told; gives exit code and stderr."""
    said = ""
    with process:
        assert process.stderr is not None
        for line in process.stderr:
            said += line
            if line.startswith("epoch "):
                break
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        said += process.stderr.read()
    return process.returncode, said


def outcome(run: Path) -> tuple[list[Any], dict[str, Any], dict[str, bytes]]:
    """Metric lines and summary without times, and the arrays of the last checkpoint."""
    from dltrain.checkpoints import store

    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    lines = [{key: line[key] for key in line if key != "timing"} for line in lines]
    summary = json.loads((run / "summary.json").read_text())
    del summary["seconds"]
    arrays = store.load(store.in_folder(run / "checkpoints")[-1]).arrays
    return lines, summary, {key: array.tobytes() for key, array in arrays.items()}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A function that gives the run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("uninterrupted")

    def get() -> Path:
        if not (folder / "run").exists():
            (folder / "c.yaml").write_text(CONFIG)
            code, _, said = finish("run", "c.yaml", "--run-dir", "run", cwd=folder)
            assert code == 0, said
        return folder / "run"

    return get


def test_signals_and_a_kill_change_nothing(
    tmp_path: Path, uninterrupted: Callable[[], Path]
) -> None:
    """Terminated, interrupted and killed, the same command ends at the same bits."""
    (tmp_path / "c.yaml").write_text(CONFIG)
    resumed_at = []
    for number, code in (
        (signal.SIGTERM, 143),
        (signal.SIGINT, 130),
        (signal.SIGKILL, -signal.SIGKILL),
    ):
        exit_code, said = stop(start("run", "c.yaml", cwd=tmp_path), number, 0.05)
        assert exit_code == code, said
        assert ("the same command goes on from there" in said) == (code > 0)
        assert "Traceback" not in said
        resumed_at += re.findall(r"^resumed +at step ([\d,]+) of", said, re.MULTILINE)
        (place,) = (tmp_path / "runs" / "c").iterdir()
        assert list((place / "checkpoints").glob("step-*"))
        assert not (place / "summary.json").exists()
    exit_code, out, said = finish("run", "c.yaml", cwd=tmp_path)
    assert exit_code == 0, said
    assert len(resumed_at) == 2
    assert "resumed" in said
    assert "resumed" not in out
    events = (place / "events.jsonl").read_text().splitlines()
    told = "started interrupted resumed interrupted resumed resumed finished"
    assert [json.loads(line)["event"] for line in events] == told.split()
    assert outcome(place) == outcome(uninterrupted())


@pytest.mark.slow
def test_three_kills_change_nothing(tmp_path: Path, uninterrupted: Callable[[], Path]) -> None:
    """Killed three times at random moments, the run ends at the same bits."""
    (tmp_path / "c.yaml").write_text(CONFIG)
    codes = []
    for _ in range(3):
        process = start("run", "c.yaml", "--run-dir", "run", cwd=tmp_path)
        delay = random.uniform(0.0, 0.5)  # noqa: S311 - any moment will do
        exit_code, said = stop(process, signal.SIGKILL, delay)
        assert exit_code in (-signal.SIGKILL, 0), said
        codes.append(exit_code)
    assert -signal.SIGKILL in codes
    exit_code, _, said = finish("run", "c.yaml", "--run-dir", "run", cwd=tmp_path)
    assert exit_code == 0, said
    assert outcome(tmp_path / "run") == outcome(uninterrupted())


@pytest.mark.usefixtures("tensorflow")
def test_a_fresh_process_and_this_one(uninterrupted: Callable[[], Path], tmp_path: Path) -> None:
    """A process that computes other things too trains to the same bits as a fresh one."""
    from dltrain.config.load import load_text
    from dltrain.data.location import default_data_dir
    from dltrain.runs.run_dir import occupy
    from dltrain.training.interrupt import Interrupt
    from dltrain.training.run import Request, train_run

    class Silent:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *_: None

    with occupy(tmp_path / "run") as run:
        request = Request(
            experiment=load_text(CONFIG, "c.yaml").experiment,
            run=run,
            data_dir=default_data_dir(),
            offline=True,
            provenance={},
        )
        observer: Any = Silent()
        train_run(request, observer, Interrupt())
    assert outcome(tmp_path / "run") == outcome(uninterrupted())
