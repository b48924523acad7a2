"""Which file of a prepared set keeps it from being read."""

import re
from pathlib import Path
from typing import Any

import numpy as np

_TENSORFLOWS_OWN = re.compile(r"\{\{.*?\}\}\s*|\s*\[Op:.*", re.DOTALL)


def damage_of(builder: Any, split: str) -> str | None:
    """The first damaged file of a split, and what is wrong with it; None if each is whole.

    Every record carries its own sum, so a changed bit is found too.

    Args:
        builder: TFDS's, of a prepared set.
        split: one of its splits.
    """
    parts = builder.info.splits.get(split)
    if parts is None:
        return f"dataset_info.json has no {split} split"
    for file, expected in zip(map(Path, parts.filepaths), parts.shard_lengths, strict=True):
        problem = _problem(file, expected)
        if problem is not None:
            return f"{file.name} {problem}"
    return None


def tensorflow_reason(error: Exception) -> str:
    """What TensorFlow says, without the names of its operations."""
    return _TENSORFLOWS_OWN.sub("", str(error)).strip() or type(error).__name__


def _problem(file: Path, expected: int) -> str | None:
    import tensorflow as tf  # noqa: PLC0415 - loaded already by whoever has read the set

    if not file.is_file():
        return "is missing"
    records = tf.data.TFRecordDataset(str(file))
    try:
        found = int(records.reduce(np.int64(0), lambda count, _: count + 1))
    except tf.errors.OpError as error:
        return f"is damaged: {tensorflow_reason(error)}"
    return None if found == expected else f"has {found:,} of its {expected:,} examples"
