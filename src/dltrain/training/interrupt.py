"""SIGTERM and SIGINT: finish the call under way, save, say how to go on; the second leaves at once.

A Python signal handler runs only when TensorFlow's call returns, so a thread of its own
waits for the signals; they are blocked everywhere else.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from dltrain.training.launched import end_with_launcher

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SHOW_CURSOR = b"\x1b[?25h\n"
LAST_WORDS = b"left at once; the same command goes on from the last checkpoint, if there is one\n"


class Interrupt:
    """The flag read between calls.

    Attributes:
        signal_number: the first signal that came, or None.
        may_leave: whether there is nothing to save, so that the first signal leaves at once.
        notify: told when it comes, from the listening thread.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self.may_leave = False
        self.notify: Callable[[str], None] = lambda message: print(message, file=sys.stderr)

    def requested(self) -> bool:
        """Whether a signal has come."""
        return self.signal_number is not None

    @contextmanager
    def leaving_at_once(self) -> Iterator[None]:
        """While the block waits for something that may never come, and there is nothing to save."""
        self.may_leave = True
        if self.signal_number is not None:
            _leave(self.signal_number)
        try:
            yield
        finally:
            self.may_leave = False

    @property
    def exit_code(self) -> int:
        """143 after SIGTERM, 130 after SIGINT."""
        return 128 + (self.signal_number or 0)


@contextmanager
def listen() -> Iterator[Interrupt]:
    """Wait for the signals in a thread while the block runs.

    It has to be entered before TensorFlow starts threads of its own, because a thread
    inherits what its maker blocks. Outside the main thread it listens to nothing.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    blocked_before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    finished = threading.Event()
    waiter = threading.Thread(target=_wait, args=(interrupt, finished), name="signals", daemon=True)
    waiter.start()
    end_with_launcher(interrupt.requested)
    try:
        yield interrupt
    finally:
        finished.set()
        signal.pthread_kill(waiter.ident or 0, signal.SIGINT)  # wake it, to let it end
        waiter.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked_before)


def _wait(interrupt: Interrupt, finished: threading.Event) -> None:
    while True:
        number = signal.sigwait(SIGNALS)
        if finished.is_set():
            return
        if interrupt.requested() or interrupt.may_leave:
            _leave(number)
        interrupt.signal_number = number
        interrupt.notify("stopping after a checkpoint; the same again leaves at once")


def _leave(number: int) -> NoReturn:
    show_cursor = SHOW_CURSOR if sys.stderr.isatty() else b""  # a live view has hidden it
    os.write(sys.stderr.fileno(), show_cursor + LAST_WORDS)
    os._exit(128 + number)
