"""A side's process, kept alive between its turns."""

import json
import subprocess
from typing import Any, Self

from sides import Side


class Worker:
    """Starts a side's process and trains its untimed epoch; a context that ends it."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._process = subprocess.Popen(  # noqa: S603 - our own
            side.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.parameters: int = self._answer()["parameters"]

    def turn(self) -> dict[str, Any]:
        """Seconds of one epoch, its mean loss, and the peak of the process's memory so far."""
        assert self._process.stdin is not None, "it was opened with a pipe"
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None, "it was opened with a pipe"
        for line in self._process.stdout:
            if line.startswith("PEER "):
                return json.loads(line.removeprefix("PEER "))
        raise SystemExit(
            f"{self.side.name}: its process ended with {self._process.wait()}; what it said "
            f"stands above. Its command: {' '.join(self.side.command)}"
        )


def ask(command: tuple[str, ...]) -> dict[str, Any]:
    """The one line of facts of a process that ends by itself."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own
    lines = [line for line in done.stdout.splitlines() if line.startswith("PEER ")]
    return json.loads(lines[-1].removeprefix("PEER "))
