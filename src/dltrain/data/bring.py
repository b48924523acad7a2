"""Originals brought by hand: recognised by their content and put where preparing finds them."""

import errno
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dltrain.config.places import printable
from dltrain.data.catalog import known
from dltrain.data.sources import SOURCES, Original, is_whole, manual_folder
from dltrain.errors import DataError, UserError
from dltrain.runs.files import put_in_place, sha256_of


@dataclass(frozen=True)
class Brought:
    """A file that was given and the original it is.

    Attributes:
        file: as it was given.
        original: what it was recognised as.
        is_new: False where the original was in place already.
    """

    file: Path
    original: Original
    is_new: bool


def bring(
    name: str, files: Sequence[Path], data_dir: Path, tell: Callable[[str], None]
) -> list[Brought]:
    """Copy original files to where preparing looks for them, whatever they are called.

    All files are recognised before the first is copied. Names of given files are only read
    from; what is written has the name of a known original.

    Args:
        name: the dataset's name in a config.
        files: the files.
        data_dir: TFDS's data directory; made if need be.
        tell: is told in words what takes a while.

    Raises:
        UserError: there is no such dataset, or it has no originals.
        DataError: a file is none of the originals, cannot be read, or cannot be put in place.
        OSError: the disk is full.
    """
    known(name)
    source = SOURCES[name]
    if source.is_embedded:
        raise UserError(f"{name} comes with {source.comes_with}: there is nothing to import.")
    originals = [_recognised(file, name, source.originals, tell) for file in files]
    manual = manual_folder(data_dir)
    return [
        Brought(file, original, _copy(file, original, manual, tell))
        for file, original in zip(files, originals, strict=True)
    ]


def _recognised(
    file: Path, name: str, originals: Sequence[Original], tell: Callable[[str], None]
) -> Original:
    """The original that a file is, by size and sum."""
    try:
        if not file.is_file():
            raise DataError(_not_a_file(file))
        size = file.stat().st_size
        candidates = [original for original in originals if original.size == size]
        got = f"{size:,} bytes"
        if candidates:
            tell(f"reading {_shown(file)} ({got})")
            sha256 = sha256_of(file)
            got = f"{got}, sha256 {sha256}"
            candidates = [original for original in candidates if original.sha256 == sha256]
    except OSError as error:
        raise DataError(f"{_shown(file)} cannot be read: {error.strerror}.") from error
    if candidates:
        return candidates[0]
    expected = "\n".join(
        f"  {original.name}\n    {original.size:,} bytes, sha256 {original.sha256}"
        for original in originals
    )
    raise DataError(
        f"{_shown(file)} is no original of {name}, and nothing was imported.\n"
        f"It has {got}.\n"
        f"Expected {'this file' if len(originals) == 1 else 'one of these files'}, "
        f"by any name:\n{expected}\n"
        "Download it again, whole and not unpacked; 'dltrain data show "
        f"{name}' says from where."
    )


def _not_a_file(file: Path) -> str:
    if file.is_dir():
        return f"{_shown(file)} is a directory.\nName the files in it."
    if file.exists():
        return f"{_shown(file)} is no regular file."
    return f"there is no file {_shown(file)}."


def _copy(file: Path, original: Original, manual: Path, tell: Callable[[str], None]) -> bool:
    """Put a file in place whole or not at all; whether there was anything to do."""
    place = manual / original.name
    try:
        if is_whole(place, original.size, original.sha256):
            return False
        tell(f"copying {_shown(file)} to {_shown(place)}")
        manual.mkdir(parents=True, exist_ok=True)
        # a folder of its own, so that two imports at once do not write one file
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=manual) as folder:
            partial = Path(folder) / original.name
            shutil.copyfile(file, partial)
            if not is_whole(partial, original.size, original.sha256):
                raise DataError(f"{_shown(file)} changed while it was copied; import it again.")
            put_in_place(partial, place)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DataError(
            f"{_shown(file)} cannot be copied to {_shown(place)}: {error.strerror}."
        ) from error
    return True


def _shown(file: Path) -> str:
    return printable(str(file))
