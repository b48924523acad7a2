"""Packages that are needed only to prepare a set, and that an extra of ours brings."""

import importlib
import warnings

from dltrain.errors import DataError

NEEDED_TO_PREPARE = {"speech_commands": ("pydub", "speech")}
"""Sets whose originals TFDS reads with another package: its name, and our extra that brings it."""


def need_packages(name: str) -> None:
    """Make sure, before a long download, that tensorflow-datasets can read its files.

    Raises:
        DataError: a package is missing; it says how to install it.
    """
    if name not in NEEDED_TO_PREPARE:
        return
    package, extra = NEEDED_TO_PREPARE[name]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydub misses ffmpeg, which wav files do not need
            importlib.import_module(package)
    except ImportError as error:
        raise DataError(
            f"{name} cannot be prepared: the package {package}, which reads its recordings, "
            f"cannot be imported ({error}).\n"
            f"Install it with: pip install 'dltrain[{extra}]'"
        ) from error
