"""A worker that `dltrain launch` has started ends when its launcher is no more."""

import os
import signal
import threading
import time
from collections.abc import Callable

LAUNCHED = "DLTRAIN_LAUNCHED"
SECONDS_TO_SAVE = 60.0
STANDARD_INPUT = 0


def end_with_launcher(is_stopping: Callable[[], bool]) -> None:
    """Stop as at SIGTERM once standard input ends; nothing in a process without a launcher.

    A launcher holds the other end of that pipe for its whole life and never writes into it,
    so it ends with the launcher, also when that is killed.

    Args:
        is_stopping: whether a signal has come already, of which one more would not be orderly.
    """
    if os.environ.get(LAUNCHED):
        arguments = (is_stopping, SECONDS_TO_SAVE)
        threading.Thread(target=_watch, args=arguments, name="launcher", daemon=True).start()


def _watch(is_stopping: Callable[[], bool], seconds_to_save: float) -> None:
    try:
        while os.read(STANDARD_INPUT, 1024):
            pass
    except OSError:  # closed from the beginning: no launcher either
        pass
    if not is_stopping():
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(seconds_to_save)  # nobody is there any more to do it, should the stop hang
    os.kill(os.getpid(), signal.SIGTERM)
