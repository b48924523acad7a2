"""An archive brought by hand is known by its sum or refused; nothing in it is ever unpacked here."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dltrain.data.bring import bring
from dltrain.errors import DataError


def tar_of(*members: tarfile.TarInfo) -> bytes:
    """An archive with these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for member in members:
            member.size = 4 if member.isreg() else 0
            archive.addfile(member, io.BytesIO(b"evil") if member.isreg() else None)
    return stream.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """One member of it."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def zip_of(name: str) -> bytes:
    """A zip archive with a member of this name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "evil")
    return stream.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "up": lambda: tar_of(member("../../escaped")),
    "absolute": lambda: tar_of(member("/tmp/escaped")),  # noqa: S108 - never written
    "symlink": lambda: tar_of(member("a", tarfile.SYMTYPE, "../.."), member("a/escaped")),
    "hard link": lambda: tar_of(member("a", tarfile.LNKTYPE, "../../precious")),
    "device": lambda: tar_of(member("a", tarfile.BLKTYPE)),
    "pipe": lambda: tar_of(member("a", tarfile.FIFOTYPE)),
    "zip": lambda: zip_of("../../escaped"),
    "bomb": lambda: gzip.compress(bytes(20_000_000)),
}


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("padded", [False, True], ids=["any size", "right size"])
def test_hostile_archive(tmp_path: Path, kind: str, padded: bool) -> None:
    """It is refused by size or by sum, and nothing of it is written anywhere."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    file, data_dir = tmp_path / "t10k-labels-idx1-ubyte.gz", tmp_path / "data"
    content = ARCHIVES[kind]()
    file.write_bytes(content[:4_542].ljust(4_542, b"\0") if padded else content)
    with pytest.raises(DataError, match="is no original of mnist, and nothing was imported"):
        bring("mnist", [file], data_dir, lambda _: None)
    assert sorted(tmp_path.iterdir()) == [precious, file]
    assert precious.read_text() == "mine"
