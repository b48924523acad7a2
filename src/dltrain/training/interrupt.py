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

from dltrain.training.launched import end_with_launcher

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SHOW_CURSOR = b"\x1b[?25h\n"
LAST_WORDS = b"left at once; the same command goes on from the last checkpoint, if there is one\n"


class Interrupt:
    """The flag read between calls.

    Attributes:
        signal_number: the first signal that came, here or to another worker, or None.
        notify: told when it comes, from the listening thread.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self.notify: Callable[[str], None] = lambda message: print(message, file=sys.stderr)

    def requested(self) -> bool:
        """Whether a signal has come."""
        return self.signal_number is not None

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


@contextmanager
def deferring() -> Iterator[None]:
    """Let signals wait until the block is over; a thread that begins in it never takes one."""
    blocked_before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked_before)


@contextmanager
def dying_at_once() -> Iterator[None]:
    """While TensorFlow blocks every thread of Python, and there is nothing to save.

    No thread can hear a signal then, so the system's own way is taken: the process ends by it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    blocked_before = signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked_before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _wait(interrupt: Interrupt, finished: threading.Event) -> None:
    has_heard = False  # one that came to another worker first is not ours: it may be the same
    while True:
        number = signal.sigwait(SIGNALS)
        if finished.is_set():
            return
        if has_heard:
            show_cursor = SHOW_CURSOR if sys.stderr.isatty() else b""  # a live view has hidden it
            os.write(sys.stderr.fileno(), show_cursor + LAST_WORDS)
            os._exit(128 + number)
        has_heard = True
        if not interrupt.requested():
            interrupt.signal_number = number
            interrupt.notify("stopping after a checkpoint; the same again leaves at once")
