"""Colour photographs of 32x32 pixels (Krizhevsky 2009), from tensorflow-datasets."""

from pathlib import Path

import numpy as np

from dltrain.data import tfds_source
from dltrain.data.examples import Columns

NAME = "cifar10"


def source_key(data_dir: Path, *, offline: bool) -> str:
    """The prepared version and its files, prepared now if it can be."""
    return tfds_source.prepared_key(NAME, data_dir, offline=offline)


def decode(data_dir: Path) -> dict[str, Columns]:
    """The official 50,000 training and 10,000 test examples in their official order.

    tensorflow-datasets shuffles them when it prepares them, but numbers them: `train_00000`.
    """
    return {split: _in_official_order(split, data_dir) for split in ("train", "test")}


def _in_official_order(split: str, data_dir: Path) -> Columns:
    column = tfds_source.read(NAME, split, data_dir)
    order = np.argsort(column["id"], kind="stable")
    return {
        "inputs": column["image"][order].astype(np.uint8),
        "labels": column["label"][order].astype(np.int32),
    }
