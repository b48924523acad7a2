"""Arrays that are made piece by piece, for sets that are never in memory as a whole."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Rows:
    """An array that is still to be made.

    Attributes:
        shape: of the whole.
        dtype: of its values.
        pieces: makes it from the start: the next rows of it, one piece after the other.
    """

    shape: tuple[int, ...]
    dtype: type[np.generic]
    pieces: Callable[[], Iterable[Array]]

    def array(self) -> Array:
        """The whole of it, in memory.

        Raises:
            ValueError: the pieces do not have as many rows as were announced.
        """
        result, start = np.empty(self.shape, self.dtype), 0
        for piece in self.pieces():
            result[start : start + len(piece)] = piece
            start += len(piece)
        if start != self.shape[0]:
            raise ValueError(f"{start} rows instead of {self.shape[0]}")
        return result


Decodable = Mapping[str, Mapping[str, Array | Rows]]
"""What a loader decodes: the columns of each split, made in their order."""


def in_memory(stored: Decodable) -> dict[str, dict[str, Array]]:
    """The same with every array made."""
    return {
        split: {
            name: column.array() if isinstance(column, Rows) else column
            for name, column in columns.items()
        }
        for split, columns in stored.items()
    }
