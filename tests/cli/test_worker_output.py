"""What several workers say reaches one stream in whole lines, and never disturbs a live view."""

import io
import os

import pytest

from dltrain.cli import worker_output
from dltrain.cli.worker_output import WorkerOutput


class Terminal(io.StringIO):
    """A stream a person watches."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def read(output: WorkerOutput, worker: int, *pieces: bytes) -> None:
    """Let a worker write these bytes into a pipe."""
    reading, writing = os.pipe()
    output.read(worker, os.fdopen(reading, "rb"))
    for piece in pieces:
        os.write(writing, piece)
    os.close(writing)
    output.finish(worker, seconds=10)


def test_whole_lines() -> None:
    """Pieces are joined, bytes that are no text are shown as such, a last line is completed."""
    stream = io.StringIO()
    read(WorkerOutput(stream), 3, b"one li", b"ne\n\n\x00\xf0\x9f", b"end")
    assert stream.getvalue() == "[worker 3] one line\n[worker 3] \n[worker 3] \\x00\\xf0\\x9fend\n"


def test_a_line_without_end() -> None:
    """It is cut, rather than gathered in memory for ever."""
    stream = io.StringIO()
    read(WorkerOutput(stream), 0, *([b"x" * 40_000] * 2))
    assert [line.count("x") for line in stream.getvalue().splitlines()] == [65_536, 14_464]


def test_held_on_a_terminal() -> None:
    """Lines wait for the end of the live view; later ones do not."""
    stream = Terminal()
    output = WorkerOutput(stream)
    with output.holding():
        read(output, 1, b"early\n")
        output.say("worker 1 is gone")
        assert stream.getvalue() == ""
        output.release(was_killed=False)
        read(output, 1, b"late\n")
        said = "[worker 1] early\nworker 1 is gone\n[worker 1] late\n"
        assert stream.getvalue() == said
    assert stream.getvalue() == said


def test_a_killed_live_view() -> None:
    """The cursor it had hidden comes back, however the launch ends."""
    stream = Terminal()
    output = WorkerOutput(stream)
    with output.holding():
        output.say("held")
    assert stream.getvalue() == "\x1b[?25h\nheld\n"


def test_too_much_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest lines are kept, and it is said how many are not."""
    monkeypatch.setattr(worker_output, "MOST_LINES_HELD", 2)
    stream = Terminal()
    output = WorkerOutput(stream)
    with output.holding():
        for number in range(5):
            output.say(f"line {number}")
        output.release(was_killed=False)
    assert stream.getvalue() == "(3 earlier lines left out)\nline 3\nline 4\n"
