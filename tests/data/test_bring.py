"""Originals brought by hand: recognised by content, put in place whole or not at all."""

import errno
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dltrain.data.bring import bring
from dltrain.data.catalog import look
from dltrain.data.sources import SOURCES, Original
from dltrain.errors import DataError, UserError

FIRST, SECOND = b"the first original", b"the second original"


@pytest.fixture(autouse=True)
def small_originals(monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST has two originals of a few bytes."""
    originals = tuple(
        Original(f"https://example.org/{name}", len(content), hashlib.sha256(content).hexdigest())
        for name, content in (("first.gz", FIRST), ("second.gz", SECOND))
    )
    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], originals=originals))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with both originals under names of a browser's choice."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "first (1).gz").write_bytes(FIRST)
    (folder / "download").write_bytes(SECOND)
    return folder


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory that does not exist yet."""
    return tmp_path / "data"


def import_now(data_dir: Path, *files: Path) -> list[tuple[str, bool]]:
    """Import; names of the originals, and whether each is new."""
    brought = bring("mnist", files, data_dir, lambda _: None)
    return [(each.original.name, each.is_new) for each in brought]


def content_of(data_dir: Path) -> dict[str, bytes]:
    """Everything below a directory by its path there."""
    return {
        str(path.relative_to(data_dir)): path.read_bytes() if path.is_file() else b""
        for path in data_dir.rglob("*")
        if not path.is_dir() or path.name.startswith(".")
    }


def test_by_any_name(files: Path, data_dir: Path) -> None:
    """Files are copied under their own names, stay where they were, and can then be prepared."""
    done = import_now(data_dir, files / "download", files / "first (1).gz")
    assert done == [("second.gz", True), ("first.gz", True)]
    assert content_of(data_dir) == {
        "downloads/manual/first.gz": FIRST,
        "downloads/manual/second.gz": SECOND,
    }
    assert sorted(path.name for path in files.iterdir()) == ["download", "first (1).gz"]
    assert look("mnist", data_dir, check_sums=True).state == "ready"


def test_again(files: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good file in place is never written again, not even from itself."""
    import_now(data_dir, files / "download")
    monkeypatch.setattr(shutil, "copyfile", lambda *_: pytest.fail("it was copied again"))
    in_place = data_dir / "downloads" / "manual" / "second.gz"
    assert import_now(data_dir, files / "download") == [("second.gz", False)]
    assert import_now(data_dir, in_place) == [("second.gz", False)]


def test_a_bad_one_in_place(files: Path, data_dir: Path) -> None:
    """A file of the right name and size but other content is replaced, and never counts as there."""
    place = data_dir / "downloads" / "manual" / "second.gz"
    place.parent.mkdir(parents=True)
    place.write_bytes(SECOND[::-1])
    assert look("mnist", data_dir, check_sums=True).in_place == (False, False)
    assert import_now(data_dir, files / "download") == [("second.gz", True)]
    assert place.read_bytes() == SECOND


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (FIRST[:-1], "17 bytes"),
        (b"", "0 bytes"),
        (FIRST[::-1], f"18 bytes, sha256 {hashlib.sha256(FIRST[::-1]).hexdigest()}"),
    ],
    ids=["truncated", "empty", "changed"],
)
def test_a_wrong_file(files: Path, data_dir: Path, content: bytes, got: str) -> None:
    """It is refused with what was expected and got; the good file beside it is not imported either."""
    wrong = files / "first.gz"
    wrong.write_bytes(content)
    with pytest.raises(DataError) as raised:
        import_now(data_dir, files / "download", wrong)
    first, second = SOURCES["mnist"].originals
    assert str(raised.value) == (
        f"{wrong} is no original of mnist, and nothing was imported.\n"
        f"It has {got}.\n"
        "Expected one of these files, by any name:\n"
        f"  first.gz\n    18 bytes, sha256 {first.sha256}\n"
        f"  second.gz\n    19 bytes, sha256 {second.sha256}\n"
        "Download it again, whole and not unpacked; 'dltrain data show mnist' says from where."
    )
    assert not data_dir.exists()


def test_not_a_file(files: Path, data_dir: Path) -> None:
    """A directory or nothing at all is told by its name, with escapes for what moves a cursor."""
    with pytest.raises(DataError, match=r"files is a directory\.\nName the files in it\.$"):
        import_now(data_dir, files)
    with pytest.raises(DataError, match=r"^there is no file no\\x1b\[2Jwhere\.$"):
        import_now(data_dir, Path("no\x1b[2Jwhere"))
    assert not data_dir.exists()


def fail_with(number: int) -> Callable[..., None]:
    """A function that writes half a file and fails as the system does."""

    def fail(_: Path, target: Path) -> None:
        target.write_bytes(FIRST[:9])
        raise OSError(number, errno.errorcode[number])

    return fail


def test_disk_full(files: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is the system's own error, told as such by the command; no part stays behind."""
    monkeypatch.setattr(shutil, "copyfile", fail_with(errno.ENOSPC))
    with pytest.raises(OSError, match="ENOSPC"):
        import_now(data_dir, files / "download")
    assert content_of(data_dir) == {}


def test_cannot_be_copied(files: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other failure names both places, and leaves no part behind."""
    monkeypatch.setattr(shutil, "copyfile", fail_with(errno.EIO))
    with pytest.raises(DataError, match=r"download cannot be copied to .*second\.gz: EIO\.$"):
        import_now(data_dir, files / "download")
    assert content_of(data_dir) == {}


def test_data_dir_is_a_file(files: Path, data_dir: Path) -> None:
    """A file where the data directory should be is an error of the user."""
    data_dir.write_text("")
    with pytest.raises(DataError, match=r"second\.gz: "):
        import_now(data_dir, files / "download")


def test_unreadable(files: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is told with the reason."""

    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("dltrain.data.bring.sha256_of", refuse)
    with pytest.raises(DataError, match=r"download cannot be read: Permission denied\.$"):
        import_now(data_dir, files / "download")


def test_changed_while_copied(files: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was copied is what was checked, or it is not put in place."""

    def other(_: Path, target: Path) -> None:
        target.write_bytes(SECOND[::-1])

    monkeypatch.setattr(shutil, "copyfile", other)
    with pytest.raises(DataError, match="changed while it was copied"):
        import_now(data_dir, files / "download")
    assert content_of(data_dir) == {}


def test_nothing_to_import(data_dir: Path, files: Path) -> None:
    """A set that comes with scikit-learn has no originals, and an unknown one no name."""
    with pytest.raises(UserError, match="nothing to import"):
        bring("digits", [files / "download"], data_dir, lambda _: None)
    with pytest.raises(UserError, match="did you mean 'mnist'"):
        bring("minst", [files / "download"], data_dir, lambda _: None)
