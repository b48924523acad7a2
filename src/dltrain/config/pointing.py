"""Mistakes about values of a finished tree, placed where those values were written."""

from collections.abc import Mapping
from dataclasses import dataclass

from dltrain.config.mistakes import Mistake
from dltrain.config.places import Place


@dataclass(frozen=True)
class Pointer:
    """Knows where values were written.

    Attributes:
        origins: places by dotted path; a value that is not there has its default.
    """

    origins: Mapping[str, Place]

    def place(self, path: str) -> Place:
        """Return the place of a value, or of the nearest section written around it."""
        while path and path not in self.origins:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.origins.get(path, Place("config"))

    def mistake(
        self, path: str, message: str, *, hint: str, with_paths: tuple[str, ...] = ()
    ) -> Mistake:
        """Return a mistake of the value at ``path`` in conflict with other written values."""
        place = self.place(path)
        others = [self.place(other) for other in with_paths if other in self.origins]
        related = tuple(other for other in others if other != place)
        return Mistake(message=message, path=path, place=place, hint=hint, related=related)
