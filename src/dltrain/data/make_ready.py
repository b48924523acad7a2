"""Prepare a dataset before the first run, so that the run starts at once."""

from pathlib import Path

from dltrain.data import tfds_source
from dltrain.data.dataset import LOADERS
from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.sources import SOURCES


def prepare(name: str, data_dir: Path, *, offline: bool, show_bar: bool) -> bool:
    """Download and prepare a dataset that is not embedded; whether there was anything to do.

    Args:
        name: the dataset's name in a config.
        data_dir: TFDS's data directory.
        offline: forbid the network.
        show_bar: let TFDS draw its progress bars on standard error.

    Raises:
        DataError: it is not prepared and cannot be.
    """
    return tfds_source.prepare(
        SOURCES[name].tfds_name, data_dir, offline=offline, show_bar=show_bar
    )


def decode(name: str, data_dir: Path) -> Decoded:
    """Fill the decode cache from a prepared dataset, unless it is filled.

    Raises:
        DataError: the prepared files cannot be read.
    """
    loader = LOADERS[name]
    key = loader.source_key(data_dir, offline=True)
    return load_or_decode(name, key, lambda: loader.decode(data_dir))
