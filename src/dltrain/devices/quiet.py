"""Keep TensorFlow's own chatter away from the user, without losing it.

TensorFlow's C++ side writes straight to file descriptor 2, some of it before any of
its log levels are read. So the descriptor itself is pointed at a log file, and Python's
own error stream is kept on the terminal.
"""

import faulthandler
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def tensorflow_messages_to(log: Path | None) -> Iterator[TextIO]:
    """Send what is written to descriptor 2 to a file; yields the real error stream.

    Args:
        log: the file to append to, or None to leave everything as it is (``--verbose``).
    """
    if log is None:
        yield sys.stderr
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    loggers = {name: logging.getLogger(name) for name in ("tensorflow", "absl")}
    levels = {name: logger.level for name, logger in loggers.items()}
    had_fault_handler = faulthandler.is_enabled()
    original = sys.stderr
    original.flush()
    with log.open("ab") as file:
        terminal = os.dup(2)
        os.dup2(file.fileno(), 2)
    for logger in loggers.values():
        logger.setLevel(logging.ERROR)
    sys.stderr = os.fdopen(os.dup(terminal), "w", buffering=1, errors="backslashreplace")
    faulthandler.enable(file=sys.stderr)  # a crash inside TensorFlow still says where
    try:
        yield sys.stderr
    finally:
        faulthandler.disable()
        sys.stderr.close()
        sys.stderr = original
        os.dup2(terminal, 2)
        os.close(terminal)
        for name, logger in loggers.items():
            logger.setLevel(levels[name])
        if had_fault_handler:
            faulthandler.enable(file=2)
