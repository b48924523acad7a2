"""Raw examples: arrays side by side, one row per example."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Examples:
    """One stored split of a dataset.

    Attributes:
        inputs: ``(examples, *input_shape)`` in the dataset's stored dtype.
        labels: ``(examples,)`` int32.
    """

    inputs: np.ndarray[Any, Any]
    labels: np.ndarray[Any, Any]

    def __len__(self) -> int:
        return len(self.labels)


def fingerprint(stored: dict[str, Examples]) -> str:
    """sha256 over every value of every split, with names, shapes and dtypes."""
    digest = hashlib.sha256()
    for split in sorted(stored):
        for array in (stored[split].inputs, stored[split].labels):
            digest.update(f"{split} {array.shape} {array.dtype} ".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


class Loader(Protocol):
    """What a dataset's module provides; the decode cache calls it at most once per source."""

    def source_key(self, data_dir: Path, *, offline: bool) -> str:
        """Name the source's version and content cheaply; another key decodes anew.

        Raises:
            DataError: the data is not there and cannot be had.
        """

    def decode(self, data_dir: Path) -> dict[str, Examples]:
        """Read every split into arrays, in the source's own order."""
