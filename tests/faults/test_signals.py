"""Ctrl-C in a terminal, and signals at moments when a program is not waiting for them."""

import os
import pty
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compare_runs import differences
from dltrain.__main__ import main
from dltrain.runs.run_dir import occupy

LONG_CALLS = """\
model: {name: mlp, hidden_units: [1024, 1024]}
data: {name: digits, batch_size: 1}
train: {epochs: 50, steps_per_call: 1000, jit: false}
"""


def read_until(terminal: int, pattern: str) -> str:
    """What the terminal shows until a pattern, or until its program has ended."""
    shown = ""
    while not re.search(pattern, shown):
        try:
            shown += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # what reading a terminal without a program gives
            break
    return shown


@pytest.mark.slow
def test_ctrl_c_twice_in_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a long call the first waits for it; the second leaves at once, tidily."""
    monkeypatch.setenv("TERM", "xterm-256color")
    (tmp_path / "c.yaml").write_text(LONG_CALLS)
    run = tmp_path / "run"
    arguments = ["dltrain", "run", str(tmp_path / "c.yaml"), "--run-dir", str(run)]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606 - no shell
    shown = read_until(terminal, "steps in 50 epochs")
    time.sleep(1)  # to be within the first call
    os.write(terminal, b"\x03")
    shown += read_until(terminal, "the same again leaves at once")
    os.write(terminal, b"\x03")
    shown += read_until(terminal, "nothing more")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130, repr(shown)
    assert "left at once; the same command goes on from the last checkpoint" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is there again
    assert "Traceback" not in shown
    with occupy(run) as free:
        assert free.read_summary() is None


PHASES = (
    *("loading TensorFlow", "reading digits", "building the model", "train  .* steps in"),
    *("epoch +1/", "testing"),
)


@pytest.mark.slow
def test_a_signal_in_every_phase(
    command: Callable[..., Any], tmp_path: Path, undisturbed: Callable[[], Path]
) -> None:
    """While it loads, reads, builds, compiles, trains or tests: it saves and ends with 143."""
    for phase in PHASES:
        training = command()
        training.until(f"^{phase}")
        training.process.send_signal(signal.SIGTERM)
        training.go_on()
        assert "the same command goes on from there" in training.end(143)
    command().end(0)
    assert differences(undisturbed(), tmp_path / "run") == []


def test_ctrl_c_while_the_command_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything listens to signals there is no traceback either."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dltrain.cli.app.main", interrupted)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
