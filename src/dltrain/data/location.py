"""Where prepared datasets lie, by TFDS's own convention. No TensorFlow, no NumPy."""

import os
import shlex
from pathlib import Path


def default_data_dir() -> Path:
    """`TFDS_DATA_DIR`, or `~/tensorflow_datasets`: where TFDS looks when nothing else is said."""
    override = os.environ.get("TFDS_DATA_DIR")
    # os.path and not Path, which raises where a user has no home
    return Path(override or os.path.expanduser("~/tensorflow_datasets"))  # noqa: PTH111


def data_dir_option(data_dir: Path) -> str:
    """What a command needs to find this directory; empty where it looks by itself."""
    return "" if data_dir == default_data_dir() else f" --data-dir {shlex.quote(str(data_dir))}"
