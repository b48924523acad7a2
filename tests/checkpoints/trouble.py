"""A disk on which a writer is killed, or refused, at its n-th file operation.

For a process of its own, which knows no TensorFlow: forking it is safe and takes milliseconds.
Where Python itself tells of an operation it is counted there, so it does not matter which
function of `pathlib` or `shutil` is behind it; what it does not tell of is wrapped.
"""

import builtins
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple, Self

KILLED = 9
WRITING = os.O_WRONLY | os.O_RDWR
TOLD = {"os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.truncate", "os.link", "os.symlink"}


class Trouble(Enum):
    """What happens at the n-th operation."""

    KILL = "killed before it"
    TEAR = "killed in the middle of it"
    REFUSE = "refused by a full disk"
    BREAK = "refused, and so is whatever follows"


class Operation(NamedTuple):
    """A file operation; of a rename, `path` is the new name."""

    kind: str
    path: Path
    source: Path | None = None
    is_new: bool = False


class Disk:
    """Counts this process's file operations and makes the trouble it is told to make."""

    def __init__(self) -> None:
        self.log: list[Operation] = []
        self._is_watching = False
        self._at, self._trouble = 0, Trouble.KILL
        self._paths: dict[int, Path] = {}
        self._open, self._os_open = io.open, os.open
        sys.addaudithook(self._told)
        io.open = builtins.open = self._open_watched  # type: ignore[assignment]
        os.open, os.fsync = self._open_descriptor, self._fsync  # type: ignore[assignment]

    @contextmanager
    def watch(self, at: int = 0, trouble: Trouble = Trouble.KILL) -> Iterator[None]:
        """Count from 1; make trouble at number `at`, never with 0."""
        self.log, self._at, self._trouble, self._is_watching = [], at, trouble, True
        try:
            yield
        finally:
            self._is_watching = False

    def happens(self, operation: Operation, half: Callable[[], object] | None = None) -> None:
        """Called before every operation; `half` does half of it, where that can be."""
        if not self._is_watching:
            return
        self.log.append(operation)
        count, trouble = len(self.log), self._trouble
        if not self._at or count < self._at or (count > self._at and trouble is not Trouble.BREAK):
            return
        if half is not None and trouble is not Trouble.KILL:
            half()
        if trouble in {Trouble.KILL, Trouble.TEAR}:
            os._exit(KILLED)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _told(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._is_watching:
            return
        if event == "open" and arguments[2] & WRITING and not isinstance(arguments[0], int):
            path = Path(os.fsdecode(arguments[0]))
            self.happens(Operation("open", path, is_new=not os.path.lexists(path)))
        elif event == "os.rename":
            source, target = (Path(os.fsdecode(name)) for name in arguments[:2])
            self.happens(Operation("rename", target, source))
        elif event in TOLD:
            path = Path(os.fsdecode(arguments[0]))
            is_new = event == "os.mkdir" and not path.exists()
            self.happens(Operation(event.removeprefix("os."), path, is_new=is_new))

    def _open_watched(self, file: Any, mode: str = "r", *args: Any, **keywords: Any) -> Any:
        opened = self._open(file, mode, *args, **keywords)
        if isinstance(file, int):
            return opened
        path = Path(os.fsdecode(file))
        self._paths[opened.fileno()] = path
        return opened if mode in {"r", "rb"} else WatchedFile(self, opened, path)

    def _open_descriptor(self, path: Any, *args: Any, **keywords: Any) -> int:
        descriptor = self._os_open(path, *args, **keywords)
        self._paths[descriptor] = Path(os.fsdecode(path))
        return descriptor

    def _fsync(self, descriptor: int) -> None:
        """Counted, not done: a kill takes nothing that the system has got."""
        self.happens(Operation("fsync", self._paths[descriptor]))


class WatchedFile:
    """A file opened for writing."""

    def __init__(self, disk: Disk, file: Any, path: Path) -> None:
        self._disk, self._file, self._path = disk, file, path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: bytes) -> Any:
        """Half of it reaches the file where the trouble is of that kind."""

        def half() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        self._disk.happens(Operation("write", self._path), half)
        return self._file.write(data)

    def truncate(self, size: int) -> Any:
        """Counted."""
        self._disk.happens(Operation("write", self._path))
        return self._file.truncate(size)

    def flush(self) -> None:
        """Counted."""
        self._disk.happens(Operation("flush", self._path))
        self._file.flush()

    def close(self) -> None:
        """Counted; a refused one closes it all the same."""
        try:
            self._disk.happens(Operation("close", self._path))
        finally:
            self._file.close()


def in_child(work: Callable[[], object]) -> int:
    """Do it in a child process; its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def faults_of_order(log: list[Operation]) -> list[str]:
    """What a power cut could take although something that counts on it is there already.

    Before a name appears every byte written so far has been synced, and so has the folder that
    gets the name; in the end every new name has.
    """
    faults: list[str] = []
    files: set[Path] = set()
    folders: set[Path] = set()
    for operation in log:
        kind, path = operation.kind, operation.path
        if kind == "fsync":
            files.discard(path)
            folders.discard(path)
        elif kind == "write":
            files.add(path)
        elif kind == "rename" and not path.name.startswith("."):
            waiting = [*files, *({operation.source} & folders)]
            faults += [f"{path.name} appears before {file.name} is synced" for file in waiting]
            folders.add(path.parent)
        elif operation.is_new:
            folders.add(path.parent)
    return faults + [f"{path.name} is never synced" for path in sorted(files | folders)]
