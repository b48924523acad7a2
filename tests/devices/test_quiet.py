"""TensorFlow's own chatter goes to a file, and everything is as before afterwards."""

import faulthandler
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dltrain.devices.quiet import tensorflow_messages_to


@contextmanager
def terminal_at(path: Path) -> Iterator[None]:
    """A file in the place of the terminal behind descriptor 2."""
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def from_c(text: str) -> None:
    """Write as a C library does: past Python."""
    os.write(2, text.encode())


def open_files() -> int:
    """How many descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_apart(tmp_path: Path) -> None:
    """What C writes goes to the log, what Python prints to the terminal."""
    log, terminal = tmp_path / "tensorflow.log", tmp_path / "terminal"
    with terminal_at(terminal), tensorflow_messages_to(log) as stream:
        from_c("chatter\n")
        print("for the person", file=sys.stderr)
        print("for the person, too", file=stream)
        assert sys.stderr is stream
    assert log.read_text() == "chatter\n"
    assert terminal.read_text() == "for the person\nfor the person, too\n"


def test_restored(tmp_path: Path) -> None:
    """Afterwards, and after a failure too, everything is as it was."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl")]

    def facts() -> tuple[object, ...]:
        levels = [logger.level for logger in loggers]
        return sys.stderr, open_files(), faulthandler.is_enabled(), levels

    with terminal_at(tmp_path / "terminal"):
        before = facts()
        with pytest.raises(ZeroDivisionError), tensorflow_messages_to(tmp_path / "log"):
            raise ZeroDivisionError
        assert facts() == before
        from_c("after\n")
    assert (tmp_path / "terminal").read_text() == "after\n"


def test_appends(tmp_path: Path) -> None:
    """A resumed run goes on in the same log."""
    log = tmp_path / "log"
    for text in ("first\n", "second\n"):
        with tensorflow_messages_to(log):
            from_c(text)
    assert log.read_text() == "first\nsecond\n"


def test_verbose(tmp_path: Path) -> None:
    """Without a log nothing is changed."""
    before = sys.stderr
    with terminal_at(tmp_path / "terminal"), tensorflow_messages_to(None) as stream:
        assert sys.stderr is stream is before
        from_c("chatter\n")
    assert (tmp_path / "terminal").read_text() == "chatter\n"


def test_no_log(tmp_path: Path) -> None:
    """A log that cannot be opened leaves everything as it was."""
    before = (sys.stderr, open_files())
    with pytest.raises(FileNotFoundError), tensorflow_messages_to(tmp_path / "no" / "log"):
        pass
    assert (sys.stderr, open_files()) == before
