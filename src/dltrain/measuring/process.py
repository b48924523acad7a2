"""Processes that train, from the side of the command that asks them. No TensorFlow here.

Every setting has a process of its own, because precision, threads and memory belong to a
process. They are forked from one that has loaded TensorFlow, and nothing else, beforehand.
"""

import multiprocessing
from multiprocessing.connection import Connection
from typing import Any, Self

from dltrain.errors import RunError, UserError
from dltrain.measuring.messages import Facts, Failure, Job, Memory, Round, Turn

LOADED = ["dltrain.measuring.worker"]


class TooLateError(Exception):
    """The answer has not come in time."""


class Process:
    """A training in a process of its own; it ends with the ``with`` block."""

    def __init__(self, job: Job) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LOADED)
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, job), daemon=True)
        self._process.start()
        theirs.close()  # so that its end is seen here

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()  # it holds nothing that could be lost
        self._process.join()
        self._connection.close()

    def facts(self, timeout: float | None = None) -> Facts:
        """What it has made of its job, once it is ready.

        Raises:
            TooLateError: it is not ready in time.
            UserError: it cannot train that here.
            RunError: it has died.
        """
        return self._answer(timeout)

    def turn(self, seconds: float) -> Turn:
        """Train for a while; raises as `facts` does."""
        return self._ask("turn", seconds)

    def round(self, seconds: float) -> Round:
        """Time each part for a while; raises as `facts` does."""
        return self._ask("round", seconds)

    def memory(self) -> Memory:
        """The most memory it has held; raises as `facts` does."""
        return self._ask("memory", 0.0)

    def _ask(self, what: str, seconds: float) -> Any:
        try:
            self._connection.send((what, seconds))
        except BrokenPipeError:
            raise self._death() from None
        return self._answer(None)

    def _answer(self, timeout: float | None) -> Any:
        try:
            if not self._connection.poll(timeout):
                raise TooLateError
            answer = self._connection.recv()
        except (EOFError, ConnectionResetError):
            raise self._death() from None
        if isinstance(answer, Failure):
            raise (UserError if answer.exit_code == UserError.exit_code else RunError)(
                answer.message
            )
        return answer

    def _death(self) -> RunError:
        self._process.join()
        code = self._process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return RunError(f"its process died ({how}); --verbose shows what it said")


def _serve(connection: Connection, job: Job) -> None:
    from dltrain.measuring.worker import serve  # noqa: PLC0415 - loads TensorFlow, there only

    serve(connection, job)
