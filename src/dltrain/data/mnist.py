"""Handwritten digits of 28x28 pixels (LeCun, Cortes and Burges 1998), from tensorflow-datasets."""

from pathlib import Path

import numpy as np

from dltrain.data import tfds_source
from dltrain.data.examples import Columns

NAME = "mnist"


def source_key(data_dir: Path, *, offline: bool) -> str:
    """The prepared version and its files, prepared now if it can be."""
    return tfds_source.prepared_key(NAME, data_dir, offline=offline)


def decode(data_dir: Path) -> dict[str, Columns]:
    """The official 60,000 training and 10,000 test examples in the order tensorflow-datasets prepares them."""
    columns = {split: tfds_source.read(NAME, split, data_dir) for split in ("train", "test")}
    return {
        split: {
            "inputs": column["image"].astype(np.uint8),
            "labels": column["label"].astype(np.int32),
        }
        for split, column in columns.items()
    }
