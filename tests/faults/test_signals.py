"""Ctrl-C in a terminal, and signals at moments when a program is not waiting for them."""

import os
import pty
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compare_runs import differences
from dltrain.__main__ import main
from dltrain.runs.run_dir import occupy

LONG_CALLS = """\
model: {name: mlp, hidden_units: [2048, 2048]}
data: {name: digits, batch_size: 1}
train: {epochs: 50, steps_per_call: 400, jit: false}
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
    shown = read_until(terminal, r"step +400/")  # the second call is under way
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
    "epoch +1/",
)


def stopped_at(phase: str, training: Any) -> str:
    """What is said by a command that gets SIGTERM when it tells a phase, and ends with 143."""
    training.until(f"^{phase}")
    training.process.send_signal(signal.SIGTERM)
    training.go_on()
    said: str = training.end(143)
    assert "the same command goes on from there" in said
    return said


@pytest.mark.slow
def test_a_signal_in_every_phase(
    command: Callable[..., Any], tmp_path: Path, undisturbed: Callable[[], Path]
) -> None:
    """While it loads, reads, builds, compiles, trains or tests: it saves and ends with 143."""
    run = tmp_path / "run"
    for phase in PHASES:
        assert "\ntesting" not in stopped_at(phase, command())
    command().end(0)
    (run / "summary.json").unlink()
    # with nothing left to train, nothing but testing asks whether a signal has come
    assert "\ntesting" in stopped_at("building the model", command())
    assert not (run / "summary.json").exists()
    command().end(0)
    assert differences(undisturbed(), run) == []


def test_ctrl_c_while_the_command_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything listens to signals there is no traceback either."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dltrain.cli.app.main", interrupted)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
