"""A folder that one process uses at a time, and who that is."""

import contextlib
import errno
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout
from pydantic import BaseModel, PositiveInt, ValidationError

from dltrain.config.places import printable
from dltrain.errors import UserError
from dltrain.runs.files import replace_json
from dltrain.runs.manifest import portable

LOCK, SOFT_LOCK, OWNER = ".lock", ".soft_lock", ".owner.json"
OURS = (LOCK, SOFT_LOCK, OWNER, f".{OWNER}.partial")
NO_FLOCK = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK}  # some network file systems
LARGEST_OWNER = 64 * 1024  # bytes


class _Owner(BaseModel):
    """Who uses a folder, since when (ISO 8601), and for which command."""

    pid: PositiveInt
    host: str
    since: str
    command: list[str]

    @property
    def is_gone(self) -> bool:
        """Whether it was a process of this machine that is no more."""
        if self.host != platform.node():
            return False
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return True
        except PermissionError:  # somebody else's process
            return False
        return False


def take(folder: Path) -> BaseFileLock:
    """Hold a folder against other processes, and write into it who does.

    The lock is the system's own and gone with the process, also after a kill. Where a file
    system has none, it is a file that names its owner: of no worth once that process is dead.

    Raises:
        UserError: another process holds the folder.
        OSError: nothing can be written there.
    """
    try:
        lock = _acquired(folder)
    except Timeout as error:
        raise UserError(_in_use(folder)) from error
    owner = _Owner(
        pid=os.getpid(),
        host=platform.node(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        command=["dltrain", *map(portable, sys.argv[1:])],
    )
    with contextlib.suppress(OSError):  # a full disk: the lock itself holds without it
        replace_json(folder / OWNER, owner.model_dump())
    return lock


def give_back(folder: Path, lock: BaseFileLock) -> None:
    """Let others use a folder again."""
    forget_owner(folder)
    lock.release()


def forget_owner(folder: Path) -> None:
    """Remove the name of who uses a folder; nothing if there is none."""
    with contextlib.suppress(OSError):
        (folder / OWNER).unlink()


def _acquired(folder: Path) -> BaseFileLock:
    hard = FileLock(folder / LOCK, timeout=0, fallback_to_soft=False)
    try:
        hard.acquire()
    except OSError as error:
        if error.errno not in NO_FLOCK:
            raise
    else:
        return hard
    # under another name, for an empty file counts as held there
    soft = SoftFileLock(folder / SOFT_LOCK, timeout=0)
    soft.acquire()
    return soft


def _in_use(folder: Path) -> str:
    shown, owner = printable(str(folder)), _owner_of(folder)
    lines = [f"{shown} is in use by another dltrain process."]
    if owner is not None:
        command = printable(" ".join(owner.command))
        place = f"{owner.pid} on {printable(owner.host)}, since {printable(owner.since)}"
        lines.append(f"It is process {place}: {command}")
    lines.append("Wait for it, stop it, or choose another directory with --run-dir.")
    if (folder / SOFT_LOCK).exists():
        lines.append(f"Only if it is gone for certain, delete {shown}/{SOFT_LOCK}.")
    return "\n".join(lines)


def _owner_of(folder: Path) -> _Owner | None:
    """Who wrote its name; None if it cannot be read or its process is gone."""
    file = folder / OWNER
    try:
        if not file.is_file() or file.stat().st_size > LARGEST_OWNER:
            return None
        owner = _Owner.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return None if owner.is_gone else owner
