"""Raw examples: arrays side by side, one row per example."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from dltrain.data.rows import Decodable

Columns = dict[str, np.ndarray[Any, Any]]
"""Named arrays. What a loader decodes is one such group per split, always with ``labels``."""


@dataclass(frozen=True)
class Examples:
    """One stored split of a dataset, as a model takes it.

    Attributes:
        inputs: ``(examples, *input_shape)`` in the dataset's stored dtype.
        labels: ``(examples,)`` int32 classes, or float32 numbers for regression.
    """

    inputs: np.ndarray[Any, Any]
    labels: np.ndarray[Any, Any]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def nbytes(self) -> int:
        """The size of inputs and labels."""
        return self.inputs.nbytes + self.labels.nbytes


def fingerprint(stored: dict[str, Columns]) -> str:
    """sha256 over every value of every column, with names, shapes and dtypes."""
    digest = hashlib.sha256()
    for group in sorted(stored):
        for name, array in sorted(stored[group].items()):
            digest.update(f"{group} {name} {array.shape} {array.dtype} ".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


class Loader(Protocol):
    """What a dataset's module provides; the decode cache calls it at most once per source."""

    def source_key(self, data_dir: Path, *, offline: bool) -> str:
        """Name the source's version and content cheaply; another key decodes anew.

        Raises:
            DataError: the data is not there and cannot be had.
        """

    def decode(self, data_dir: Path) -> Decodable:
        """Read every split into arrays, in the source's own order.

        Images and tables have the columns ``inputs`` and ``labels``; sounds ``waveforms``
        (int16, padded or cut to one length) and ``labels``; texts ``tokens``, ``offsets``
        and ``labels``, and a group ``lexicon`` beside the splits.
        """
