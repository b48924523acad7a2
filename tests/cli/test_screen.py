"""The screen shows everything, at any width, and never disturbs a training."""

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import termios
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from dltrain.cli.screen import (
    LineScreen,
    LiveScreen,
    Screen,
    make_screen,
    print_seeds,
    print_summary,
)
from dltrain.cli.screen_state import RunState
from dltrain.cli.screen_text import clock, count, duration, four_digits, percent, plain, speed
from dltrain.training.observer import EpochRecord, Progress, RunFacts

ESCAPE_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FIGURES = [
    "runs/digits_cnn/3fa9c1d2",
    "121,930",
    "1,293",
    "at step 5 of 30",
    "0.9876",
    "61.23 %",
    "1.234",
    "59.87 %",
    "12.3 s",
    "best",
    "epoch 2/3",
    "step  4/10",
    "1,234,567 examples/s",
    "train loss 0.04321, 98.76 %",
    "best 59.87 % at epoch 1",
    "46 %",
]
SUMMARY: dict[str, Any] = {
    "status": "finished",
    "best": {"epoch": 12, "step": 132, "checkpoint": "checkpoints/step-00000132"},
    "stopped": "epochs",
    "validation": {"loss": 0.07001, "accuracy": 0.97917},
    "test": {"loss": 0.06123, "accuracy": 0.98333, "examples": 360},
    "seconds": 12.34,
    "epochs": 30,
    "steps": 330,
}


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Claim it."""
        return True


class BrokenPipe(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text: str, /) -> int:
        """Fail as a pipe without a reader does."""
        raise BrokenPipeError(text)


def make_facts(**changes: Any) -> RunFacts:
    """Three epochs of ten steps, changed as asked."""
    facts: dict[str, Any] = {
        "run_dir": Path("runs/digits_cnn/3fa9c1d2"),
        "model": "cnn, 121,930 parameters",
        "data": "digits: 1,293 train, 144 validation, 360 test",
        "device": "2 CPU cores, float32",
        "epochs": 3,
        "steps_per_epoch": 10,
        "total_steps": 30,
        "monitor": "accuracy",
        "train_metric": "accuracy",
        "validation_metric": "accuracy",
        "resumed_step": None,
    }
    return RunFacts(**(facts | changes))


def make_progress(step: int, steps_per_epoch: int = 10) -> Progress:
    """Progress after ``step`` steps."""
    return Progress(
        epoch=(step - 1) // steps_per_epoch + 1,
        step=step,
        step_in_epoch=(step - 1) % steps_per_epoch + 1,
        train={"loss": 0.04321, "accuracy": 0.98761},
        learning_rate=0.001,
        examples_per_second=1234567.0,
    )


def make_record(epoch: int, *, is_best: bool = False, is_validated: bool = True) -> EpochRecord:
    """The end of an epoch of ten steps."""
    return EpochRecord(
        epoch=epoch,
        step=10 * epoch,
        train={"loss": 0.98764, "accuracy": 0.61234},
        validation={"loss": 1.2341, "accuracy": 0.59871} if is_validated else None,
        learning_rate=0.001,
        seconds=12.34,
        examples_per_second=1234567.0,
        is_best=is_best,
    )


def play(screen: Screen, facts: RunFacts) -> None:
    """A resumed training that ends within its second epoch."""
    with screen:
        screen.on_phase("loading data")
        screen.on_start(facts)
        screen.on_progress(make_progress(9))
        screen.on_epoch(make_record(1, is_best=True))
        screen.on_progress(make_progress(14))
        screen.on_notice("a checkpoint was damaged")


def written_lines(output: str) -> list[str]:
    """Every line ever drawn on a terminal, also those drawn over later."""
    return ESCAPE_CODE.sub("", output).replace("\r", "\n").splitlines()


@pytest.fixture(autouse=True)
def _known_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's own terminal says must not matter."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the time that the line screen reads."""
    now = SimpleNamespace(seconds=0.0)
    fake = SimpleNamespace(monotonic=lambda: now.seconds)
    monkeypatch.setattr("dltrain.cli.screen_lines.time", fake)
    return lambda seconds: setattr(now, "seconds", seconds)


@pytest.mark.parametrize("width", [40, 60, 100])
def test_live_view_loses_nothing_at_any_width(width: int) -> None:
    """Every figure stands whole on one line, and no line is wider than the terminal."""
    terminal = Terminal()
    play(LiveScreen(terminal, width=width), make_facts(resumed_step=5))
    lines = written_lines(terminal.getvalue())
    assert [figure for figure in FIGURES if not any(figure in line for line in lines)] == []
    assert max(len(line) for line in lines) <= width
    assert "…" not in terminal.getvalue()


def test_live_view_is_taken_down_on_an_exception() -> None:
    """The cursor comes back, and where training stopped keeps its line."""
    terminal = Terminal()
    screen = LiveScreen(terminal, width=100)
    with pytest.raises(KeyboardInterrupt), screen:  # noqa: PT012
        screen.on_start(make_facts())
        screen.on_progress(make_progress(4))
        raise KeyboardInterrupt
    output = terminal.getvalue()
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")
    assert "epoch 1/3   step  4/10" in output


def test_live_view_names_a_phase_before_training() -> None:
    """Someone who waits sees for what."""
    terminal = Terminal()
    with LiveScreen(terminal, width=60) as screen:
        screen.on_phase("loading data")
        screen.on_notice("hello")
    assert "loading data  0 s" in terminal.getvalue()


def test_live_view_has_no_colour_under_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR leaves cursor movements and weights of type, but no colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    play(LiveScreen(terminal, width=100), make_facts())
    assert re.findall(r"\x1b\[[0-9;]*3[0-7]m", terminal.getvalue()) == []


def test_pipe_gets_plain_ascii_lines(at: Callable[[float], None]) -> None:
    """On a pipe the whole output is printable ASCII in lines."""
    pipe = io.StringIO()
    at(0.0)
    play(make_screen(pipe), make_facts(resumed_step=5, notes=("data is synthetic",)))
    assert pipe.getvalue() == (
        "loading data\n"
        "run      runs/digits_cnn/3fa9c1d2\n"
        "model    cnn, 121,930 parameters\n"
        "data     digits: 1,293 train, 144 validation, 360 test\n"
        "device   2 CPU cores, float32\n"
        "train    30 steps in 3 epochs, best by validation accuracy\n"
        "resumed  at step 5 of 30\n"
        "note     data is synthetic\n"
        "epoch 1/3  train loss 0.9876, 61.23 %  validation loss 1.234, 59.87 %  12.3 s  best\n"
        "note: a checkpoint was damaged\n"
        "epoch 2/3  step  4/10  1,234,567 examples/s  train loss 0.04321, 98.76 %"
        "  best 59.87 % at epoch 1\n"
    )


@pytest.mark.parametrize(("term", "kind"), [("xterm", LiveScreen), ("dumb", LineScreen)])
def test_terminal_gets_the_live_view(
    monkeypatch: pytest.MonkeyPatch, term: str, kind: type[Screen]
) -> None:
    """A terminal gets the live view, unless it says that it cannot move its cursor."""
    monkeypatch.setenv("TERM", term)
    assert isinstance(make_screen(Terminal()), kind)


def test_live_view_follows_the_terminal_it_writes_to() -> None:
    """The width is that of the given stream, not of the process's standard streams."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 44, 0, 0))
    output: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(leader, output))
    reader.start()
    with os.fdopen(follower, "w") as stream:
        play(LiveScreen(stream), make_facts(resumed_step=5))
    reader.join()
    lines = written_lines(b"".join(output).decode())
    assert [figure for figure in FIGURES if not any(figure in line for line in lines)] == []
    assert 40 < max(len(line) for line in lines) <= 44


def _read_all(leader: int, output: list[bytes]) -> None:
    """Read a pseudo-terminal until its other end is closed, which Linux tells by an error."""
    with os.fdopen(leader, "rb", buffering=0) as reader, contextlib.suppress(OSError):
        while data := reader.read(4096):
            output.append(data)


def test_fast_epochs_get_one_line_a_second(at: Callable[[float], None]) -> None:
    """The first, the last and the best epoch have a line; between them a second passes."""
    pipe = io.StringIO()
    with LineScreen(pipe) as screen:
        screen.on_start(make_facts(epochs=1000, total_steps=10_000))
        for epoch in range(1, 1001):
            at(epoch / 400)
            screen.on_epoch(make_record(epoch, is_best=epoch in (1, 500)))
    epochs = [int(number) for number in re.findall(r"epoch +(\d+)/1000", pipe.getvalue())]
    assert epochs == [1, 401, 500, 801, 1000]
    assert pipe.getvalue().count("fast epochs") == 1


def test_last_epoch_of_an_early_stop_has_a_line(at: Callable[[float], None]) -> None:
    """An epoch held back is printed when testing begins, or when the screen closes."""
    pipe = io.StringIO()
    at(0.0)
    with LineScreen(pipe) as screen:
        screen.on_start(make_facts())
        screen.on_epoch(make_record(1, is_best=True))
        screen.on_epoch(make_record(2))
        screen.on_phase("testing")
    lines = pipe.getvalue().splitlines()
    assert [line[:9] for line in lines[-2:]] == ["epoch 2/3", "testing"]


def test_long_epochs_tell_progress_at_growing_intervals(at: Callable[[float], None]) -> None:
    """Progress is told after 10 s of silence, after 30 s more, then every 60 s."""
    pipe = io.StringIO()
    told = []
    screen = LineScreen(pipe)
    screen.on_start(make_facts(steps_per_epoch=1000, total_steps=3000))
    for second in range(1, 301):
        at(float(second))
        length = len(pipe.getvalue())
        screen.on_progress(make_progress(second, steps_per_epoch=1000))
        told += [second] if len(pipe.getvalue()) > length else []
    assert told == [10, 40, 100, 160, 220, 280]
    assert "step  280/1000" in pipe.getvalue()
    assert pipe.getvalue().endswith("45:20 left\n")


def test_phase_of_every_epoch_is_named_once() -> None:
    """Validating a thousand epochs is no thousand lines."""
    pipe = io.StringIO()
    with LineScreen(pipe) as screen:
        screen.on_start(make_facts())
        for _ in range(3):
            screen.on_phase("validating")
    assert pipe.getvalue().count("validating") == 1


def test_time_left_of_a_resumed_run_counts_its_own_steps_only() -> None:
    """A run resumed at step 9,000 of 10,000 is not taken for a thousand times faster."""
    run = RunState(make_facts(epochs=1000, total_steps=10_000, resumed_step=9000))
    run.advance(make_progress(9001), 100.0)
    assert run.seconds_left(100.0) is None
    run.advance(make_progress(9101), 120.0)
    assert run.seconds_left(120.0) == pytest.approx(899 * 0.2)
    assert run.seconds_left(130.0) == pytest.approx(899 * 0.2 - 10.0)
    run.advance(make_progress(10_000), 130.0)
    assert run.seconds_left(130.0) is None


def test_max_steps_shorten_the_last_epoch() -> None:
    """Under train.max_steps the epochs and steps shown are those that will be made."""
    run = RunState(make_facts(epochs=30, total_steps=24))
    assert (run.num_epochs, run.steps_in_epoch(2), run.steps_in_epoch(3)) == (3, 10, 4)


@pytest.mark.parametrize("kind", [LiveScreen, LineScreen])
def test_foreign_text_is_shown_and_never_obeyed(kind: type[Screen]) -> None:
    """Markup, emoji codes and escape codes in names appear as they are typed."""
    stream = Terminal()
    name = "runs/[red]x[/red]/:smile:/\x1b]0;t\x07\x9b31m\u202e"
    with kind(stream) as screen:
        screen.on_start(make_facts(run_dir=Path(name), notes=(name,)))
        screen.on_phase(name)
        screen.on_notice(f"{name}\nsecond line")
    output = stream.getvalue()
    assert re.search(r"[\x07\x9b\u202e]|\x1b\]", output) is None
    shown = "runs/[red]x[/red]/:smile:/\\x1b]0;t\\x07\\x9b31m\\u202e"
    assert output.count(shown) >= 3
    assert "second line" in output


@pytest.mark.parametrize("kind", [LiveScreen, LineScreen])
def test_broken_stream_is_ignored(kind: type[Screen]) -> None:
    """A reader that has gone, or a closed stream, does not end a training."""
    closed = io.StringIO()
    closed.close()
    for stream in (BrokenPipe(), closed):
        play(kind(stream), make_facts())
        print_summary(SUMMARY, Path("run"), stream)


def test_busy_stream_loses_one_write_only() -> None:
    """A terminal that is full, or a write within a write, does not silence the screen."""

    class Busy(io.StringIO):
        faults: ClassVar = [BlockingIOError(), RuntimeError("reentrant call")]

        def write(self, text: str, /) -> int:
            if self.faults:
                raise self.faults.pop()
            return super().write(text)

    stream = Busy()
    with LineScreen(stream) as screen:
        for message in ("one", "two", "three"):
            screen.on_notice(message)
    assert stream.getvalue() == "note: three\n"


def test_epochs_without_validation_have_no_validation_columns() -> None:
    """Without validation nothing is said about it, nor where single epochs lack it."""
    terminal, pipe = Terminal(), io.StringIO()
    for screen in (LiveScreen(terminal, width=60), LineScreen(pipe)):
        with screen:
            screen.on_start(make_facts(monitor=None))
            screen.on_epoch(make_record(1, is_validated=False))
    assert "  0.9876   61.23 %  12.3 s" in ESCAPE_CODE.sub("", terminal.getvalue())
    assert "epoch 1/3  train loss 0.9876, 61.23 %  12.3 s\n" in pipe.getvalue()
    assert pipe.getvalue().count("validation") == 2  # in the data and in "no validation"


def test_stream_of_a_small_encoding_gets_all_text() -> None:
    """A terminal without Unicode gets an ASCII bar, and escapes for what it lacks."""
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii")
    play(LiveScreen(terminal, width=60), make_facts(run_dir=Path("runs/é")))
    output = ESCAPE_CODE.sub("", raw.getvalue().decode())
    assert "runs/\\xe9" in output
    assert "#################---------------------   46 %" in output


def test_summary_of_a_finished_run() -> None:
    """What was reached, which checkpoint, where, and the next command."""
    output = io.StringIO()
    print_summary(SUMMARY, Path("runs/digits cnn/3fa9c1d2"), output)
    assert output.getvalue() == (
        "finished 30 epochs, 330 steps in 12.3 s\n"
        "\n"
        "test        accuracy 98.33 %, loss 0.06123, 360 examples\n"
        "validation  accuracy 97.92 %, loss 0.07001\n"
        "tested      the best by validation (epoch 12)\n"
        "checkpoint  checkpoints/step-00000132\n"
        "run         runs/digits cnn/3fa9c1d2\n"
        "model       runs/digits cnn/3fa9c1d2/model.keras\n"
        "\n"
        "next        dltrain eval 'runs/digits cnn/3fa9c1d2'\n"
    )


def test_summary_of_a_run_without_validation() -> None:
    """It says that the last checkpoint was tested, and why training ended."""
    output = io.StringIO()
    changes = {"best": None, "validation": None, "stopped": "max_steps", "epochs": 1}
    print_summary(SUMMARY | changes, Path("run"), output)
    assert output.getvalue() == (
        "finished 1 epoch, 330 steps in 12.3 s\n"
        "\n"
        "test        accuracy 98.33 %, loss 0.06123, 360 examples\n"
        "stopped     by train.max_steps\n"
        "tested      the last checkpoint: no validation\n"
        "run         run\n"
        "model       run/model.keras\n"
        "\n"
        "next        dltrain eval run\n"
    )


def test_summary_of_a_diverged_run() -> None:
    """It promises no model and no command that needs a checkpoint."""
    output = io.StringIO()
    changes = {"status": "diverged", "best": None, "validation": None, "test": None}
    print_summary(SUMMARY | changes, Path("run"), output)
    assert output.getvalue() == (
        "diverged after 30 epochs, 330 steps in 12.3 s\n"
        "\n"
        "run         run\n"
        "metrics     run/metrics.jsonl\n"
    )


def test_summary_on_a_terminal_has_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour changes no letter, and the command to copy stays on one line."""
    monkeypatch.setenv("COLUMNS", "100")
    pipe, terminal = io.StringIO(), Terminal()
    run_dir = Path("runs") / ("long_" * 30)
    for stream in (pipe, terminal):
        print_summary(SUMMARY, run_dir, stream)
    assert "\x1b[1;32mfinished" in terminal.getvalue()
    assert ESCAPE_CODE.sub("", terminal.getvalue()) == pipe.getvalue()


def test_seeds_table() -> None:
    """Mean and sample standard deviation are over the tested seeds."""
    accuracies = {1: 0.97, 2: 0.98, 13: 0.99}
    rows = [
        {
            "seed": seed,
            "summary": SUMMARY | {"test": {"loss": 1 - accuracy, "accuracy": accuracy}},
            "run_dir": Path(f"runs/seed{seed}"),
        }
        for seed, accuracy in accuracies.items()
    ]
    failed = SUMMARY | {"status": "failed", "test": None, "validation": None}
    output = io.StringIO()
    print_seeds([*rows, {"seed": 14, "summary": failed, "run_dir": Path("runs/b")}], output)
    assert output.getvalue() == (
        "seed      test  validation    time  run\n"
        "   1   97.00 %     97.92 %  12.3 s  runs/seed1\n"
        "   2   98.00 %     97.92 %  12.3 s  runs/seed2\n"
        "  13   99.00 %     97.92 %  12.3 s  runs/seed13\n"
        "  14         -           -  12.3 s  runs/b  failed\n"
        "\n"
        "test, mean ± sample standard deviation of 3 of 4 seeds\n"
        "accuracy    98.00 ± 1.00 %\n"
        "loss        0.02000 ± 0.01000\n"
    )


def test_one_seed_has_no_spread() -> None:
    """One figure is printed as it is."""
    output = io.StringIO()
    print_seeds([{"seed": 0, "summary": SUMMARY, "run_dir": Path("run")}], output)
    assert "one seed only: no spread\naccuracy    98.33 %\n" in output.getvalue()


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (percent(0.98333), "98.33 %"),
        (four_digits(0.05), "0.05000"),
        (four_digits(1234.4), "1234"),
        (four_digits(0.00001234), "1.234e-05"),
        (four_digits(float("nan")), "nan"),
        (duration(0.0012), "1 ms"),
        (duration(0.0999), "0.10 s"),
        (duration(0.996), "1.0 s"),
        (duration(12.34), "12.3 s"),
        (duration(59.96), "1:00"),
        (duration(65.2), "1:05"),
        (clock(7265.0), "2:01:05"),
        (speed(12345.6), "12,346 examples/s"),
        (speed(3.14), "3.1 examples/s"),
        (speed(float("inf")), "inf examples/s"),
        (count(1, "epoch"), "1 epoch"),
        (count(1293, "step"), "1,293 steps"),
        (plain("é 漢\t\udcff"), "é 漢\\t\\udcff"),
    ],
)
def test_figures_read_as_people_write_them(shown: str, expected: str) -> None:
    """Percent with two decimals, four digits of a loss, clock times, separators."""
    assert shown == expected
