"""Who uses a run directory, and file systems that have no lock."""

import errno
import fcntl
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dltrain.errors import UserError
from dltrain.runs import lock
from dltrain.runs.run_dir import OURS, occupy

NOBODY = 2**31 - 1  # above every process id that Linux gives
OWNER = {"pid": 1, "host": "elsewhere", "since": "2025-01-01T00:00:00+00:00", "command": ["x"]}


def refusal(path: Path) -> str:
    """What a second process would be told of a directory in use."""
    with pytest.raises(UserError) as raised, occupy(path):
        pytest.fail("two in one run directory")
    return str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "3", "[" * 100_000, "\x00", " " * 100_000),
        json.dumps({**OWNER, "pid": "x"}),
        json.dumps({**OWNER, "pid": -1}),
        json.dumps({**OWNER, "pid": NOBODY, "host": platform.node()}),
        json.dumps({**OWNER, "pid": 10**30, "host": platform.node()}),
    ],
    ids=lambda content: content[:12],
)
def test_no_owner(tmp_path: Path, content: str) -> None:
    """An owner that is missing, torn, no owner or long dead is left out of the message."""
    with occupy(tmp_path):
        (tmp_path / ".owner.json").write_text(content)
        assert len(refusal(tmp_path).splitlines()) == 2
        (tmp_path / ".owner.json").unlink()
        assert len(refusal(tmp_path).splitlines()) == 2


def test_a_link_as_owner(tmp_path: Path) -> None:
    """Who planted a link instead of the owner gets nothing overwritten."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    run = tmp_path / "run"
    run.mkdir()
    (run / ".owner.json").symlink_to(precious)
    with occupy(run):
        pass
    assert precious.read_text() == "mine"


def test_owner_with_escapes(tmp_path: Path) -> None:
    """The owner's own words reach no terminal raw."""
    with occupy(tmp_path):
        owner = {**OWNER, "host": "h\x1b[2J", "since": "\n", "command": ["dltrain", "\x1b]0;"]}
        (tmp_path / ".owner.json").write_text(json.dumps(owner))
        who = refusal(tmp_path).splitlines()[1]
    assert who == r"It is process 1 on h\x1b[2J, since \n: dltrain \x1b]0;"


def test_disk_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk too full for the owner's name does not keep anybody from the directory."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lock, "replace_json", full)
    with occupy(tmp_path):
        assert "in use" in refusal(tmp_path)


def fail_with(number: int) -> Callable[..., None]:
    """A system call that the file system does not know."""

    def fail(*_: Any) -> None:
        raise OSError(number, errno.errorcode[number])

    return fail


@pytest.mark.parametrize("number", sorted(lock.NO_FLOCK), ids=errno.errorcode.__getitem__)
def test_without_flock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Where there is no flock, a file holds the directory until it is given back."""
    monkeypatch.setattr(fcntl, "flock", fail_with(number))
    for _ in range(2):
        with occupy(tmp_path):
            last = refusal(tmp_path).splitlines()[-1]
            assert last == f"Only if it is gone for certain, delete {tmp_path}/.soft_lock."
    assert {entry.name for entry in tmp_path.iterdir()} <= OURS - {".soft_lock", ".owner.json"}


def test_dead_without_flock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a dead process of this machine holds nothing, one of another machine may live."""
    monkeypatch.setattr(fcntl, "flock", fail_with(errno.ENOSYS))
    (tmp_path / ".soft_lock").write_text(f"{NOBODY}\n{platform.node()}\n")
    with occupy(tmp_path):
        pass
    (tmp_path / ".soft_lock").write_text(f"{NOBODY}\nelsewhere\n")
    assert "Only if it is gone for certain, delete " in refusal(tmp_path)


def test_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other failure of the lock is told as it is."""
    monkeypatch.setattr(fcntl, "flock", fail_with(errno.EIO))
    with pytest.raises(UserError, match=r"cannot use .* as a run directory: EIO"), occupy(tmp_path):
        pass
