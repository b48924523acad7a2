"""Where prepared datasets lie, by TFDS's own convention. No TensorFlow, no NumPy."""

import os
from pathlib import Path


def default_data_dir() -> Path:
    """`TFDS_DATA_DIR`, or `~/tensorflow_datasets`: where TFDS looks when nothing else is said."""
    return Path(os.environ.get("TFDS_DATA_DIR") or Path.home() / "tensorflow_datasets")
