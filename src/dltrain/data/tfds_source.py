"""Datasets prepared by tensorflow-datasets: find them, prepare them, or say what is missing.

Original archives brought by hand are taken by their own names from
`<data_dir>/downloads/manual/`.
"""

import contextlib
import errno
import hashlib
import io
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dltrain.data.location import data_dir_option
from dltrain.data.packages import need_packages
from dltrain.data.sources import SOURCES, is_whole, manual_folder
from dltrain.data.tfds_damage import damage_of, tensorflow_reason
from dltrain.errors import DataError

SECONDS_TO_ANSWER = 5.0
FACTS = "dataset_info.json"


def prepared_key(name: str, data_dir: Path, *, offline: bool) -> str:
    """Version, file names and sizes of the prepared set; prepares it first if it is not there.

    Raises:
        DataError: it is not prepared, the originals are not in place, and there is no
            network; or what is prepared cannot be read.
    """
    full_name = _full_name(name)
    folder = data_dir / full_name
    if not _is_prepared(folder):  # asking tensorflow-datasets itself costs half a second
        builder = _builder(name, data_dir)
        if not builder.is_prepared():
            _prepare(builder, data_dir, offline=offline)
        full_name, folder = builder.info.full_name, Path(builder.data_dir)
    files = sorted(file for file in folder.iterdir() if file.is_file())
    sizes = " ".join(f"{file.name}:{file.stat().st_size}" for file in files)
    facts = (folder / FACTS).read_bytes()
    return f"tfds {full_name} {sizes} {hashlib.sha256(facts).hexdigest()}"


def _full_name(name: str) -> str:
    """``name/[config/]version`` of the version that tensorflow-datasets prepares."""
    return next(source.folder for source in SOURCES.values() if source.tfds_name == name)


def _is_prepared(folder: Path) -> bool:
    """Whether a set lies there whose facts can be read; they are written last."""
    try:
        facts = json.loads((folder / FACTS).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(facts, dict) and facts.get("version") == folder.name


def prepare(name: str, data_dir: Path, *, offline: bool, show_bar: bool) -> bool:
    """Prepare a set that is not prepared yet; whether there was anything to do.

    Args:
        name: its name in tensorflow-datasets.
        data_dir: where prepared sets lie.
        offline: forbid the network.
        show_bar: let TFDS draw its progress bars on standard error.

    Raises:
        DataError: as for `prepared_key`.
    """
    import tensorflow_datasets as tfds  # noqa: PLC0415 - see read

    builder = _builder(name, data_dir)
    if builder.is_prepared():
        return False
    if show_bar:
        tfds.enable_progress_bar()
    _prepare(builder, data_dir, offline=offline)
    return True


def read(name: str, split: str, data_dir: Path) -> dict[str, np.ndarray[Any, Any]]:
    """A whole split as one array per feature, in the prepared order.

    Raises:
        DataError: the prepared files cannot be read.
    """
    import tensorflow_datasets as tfds  # noqa: PLC0415 - 0.7 s, only to prepare or to decode

    builder = _builder(name, data_dir)
    try:
        columns = builder.as_dataset(split=split, batch_size=-1, shuffle_files=False)
        arrays: dict[str, np.ndarray[Any, Any]] = tfds.as_numpy(columns)
    except Exception as error:
        raise _unreadable(name, Path(builder.data_dir), error, damage_of(builder, split)) from error
    return arrays


def examples_of(name: str, split: str, data_dir: Path) -> Iterator[dict[str, Any]]:
    """A split example by example in the prepared order, for features of varying length.

    Raises:
        DataError: the prepared files cannot be read.
    """
    import tensorflow_datasets as tfds  # noqa: PLC0415 - see read

    builder = _builder(name, data_dir)
    try:
        yield from tfds.as_numpy(builder.as_dataset(split=split, shuffle_files=False))
    except Exception as error:
        raise _unreadable(name, Path(builder.data_dir), error, damage_of(builder, split)) from error


def count_of(name: str, split: str, data_dir: Path) -> int:
    """How many examples a prepared split has.

    Raises:
        DataError: the prepared files cannot be read.
    """
    builder = _builder(name, data_dir)
    try:
        return int(builder.info.splits[split].num_examples)
    except KeyError as error:
        raise _unreadable(name, Path(builder.data_dir), error) from error


def _builder(name: str, data_dir: Path) -> Any:
    import tensorflow_datasets as tfds  # noqa: PLC0415 - see read

    tfds.disable_progress_bar()
    try:
        return tfds.builder(name, data_dir=data_dir)
    except Exception as error:
        raise _unreadable(name, data_dir / name, error) from error


def _unreadable(name: str, folder: Path, error: Exception, damage: str | None = None) -> DataError:
    return DataError(
        f"the prepared {name} in {folder} cannot be read: {damage or tensorflow_reason(error)}\n"
        "Delete that folder and run the command again to prepare it anew."
    )


def _prepare(builder: Any, data_dir: Path, *, offline: bool) -> None:
    import tensorflow_datasets as tfds  # noqa: PLC0415 - see read

    manual = manual_folder(data_dir)
    missing = [
        (url, facts) for url, facts in builder.url_infos.items() if not _is_at(manual, facts)
    ]
    _refuse_wrong_files(builder.name, manual, missing)
    if missing and (offline or not _answers(next(iter(missing))[0])):
        raise DataError(_missing_message(builder.name, missing, data_dir, offline=offline))
    need_packages(builder.name)
    config = tfds.download.DownloadConfig(manual_dir=manual)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # TFDS announces itself on it
            builder.download_and_prepare(download_config=config)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise DataError(
            f"{builder.name} could not be prepared in {data_dir}: {error}\n"
            f"Files brought by hand belong into {manual}."
        ) from error


def _is_at(folder: Path, facts: Any) -> bool:
    """Whether a whole original lies there; its sum is compared, for TFDS would take any file."""
    return is_whole(folder / facts.filename, facts.size, facts.checksum)


def _refuse_wrong_files(name: str, manual: Path, missing: list[tuple[str, Any]]) -> None:
    """TFDS would use them unseen, with a network too."""
    for _, facts in missing:
        file = manual / facts.filename
        if file.exists():
            raise DataError(
                f"{file} is not the original of {name}, which has\n"
                f"  {facts.size:,} bytes, sha256 {facts.checksum}\n"
                "Delete it and run the command again."
            )


def _answers(url: str) -> bool:
    """Whether the server can be reached within seconds, name look-up and proxy included."""
    answers: list[bool] = []

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - TFDS's own https URLs
        try:
            with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER):  # noqa: S310
                answers.append(True)
        except (OSError, ValueError):
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(SECONDS_TO_ANSWER)
    return answers == [True]


def _missing_message(
    name: str, missing: list[tuple[str, Any]], data_dir: Path, *, offline: bool
) -> str:
    known_as = next((key for key, it in SOURCES.items() if it.tfds_name == name), name)
    why = "--offline forbids downloading it" if offline else "its server cannot be reached"
    files = "\n".join(
        f"  {url}\n    {facts.size:,} bytes, sha256 {facts.checksum}" for url, facts in missing
    )
    return (
        f"the dataset {known_as} is not prepared in {data_dir}, and {why}.\n"
        f"Bring {'this file' if len(missing) == 1 else 'these files'} by hand:\n{files}\n"
        "and type, by whatever name they are\n"
        f"  dltrain data import {known_as}{data_dir_option(data_dir)} FILE...\n"
        f"or put {'it' if len(missing) == 1 else 'them'}, unchanged and by the same name, into\n"
        f"  {manual_folder(data_dir)}\n"
        f"or point --data-dir (or TFDS_DATA_DIR) at a folder that holds {name}/ prepared by "
        "tensorflow-datasets.\n"
        "To try a run without real data, add --synthetic to 'dltrain run'."
    )
