"""What there is of each dataset on this machine, seen without TensorFlow and NumPy."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dltrain.config.nearest import nearest
from dltrain.config.places import quoted
from dltrain.data.sources import SOURCES, Source, has_size, is_whole, manual_folder
from dltrain.dataset_info import DATASET_INFO, DatasetInfo
from dltrain.errors import UserError

State = Literal["embedded", "prepared", "damaged", "ready", "missing"]
"""In a package; prepared; prepared but unreadable; all originals in place; not all of them."""

IN_CONFIG = {
    "random": "{name: random, shape: [10, 1], classes: 2}",
    "arrays": "{name: arrays, x: [1, 2, 3], y: [2, 4, 6]}",
}
"""Sets that have no facts of their own, as a config makes or holds their examples, by name;
with something to write below ``data``."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A dataset and what there is of it here.

    Attributes:
        info: its static facts.
        source: where it comes from.
        folder: where it lies, or would lie, prepared; None for an embedded set.
        state: whether it is here.
        prepared: examples per split that were really prepared; None unless they were.
        in_place: for each original, whether it lies where preparing looks for it.
    """

    info: DatasetInfo
    source: Source
    folder: Path | None
    state: State
    prepared: dict[str, int] | None
    in_place: tuple[bool, ...]

    @property
    def missing_bytes(self) -> int:
        """Size of the originals that are still to be downloaded; 0 once it is prepared."""
        if self.state not in {"ready", "missing"}:
            return 0
        originals = zip(self.source.originals, self.in_place, strict=True)
        return sum(original.size for original, is_here in originals if not is_here)

    @property
    def incomplete(self) -> list[str]:
        """The splits that are not what was published, e.g. ``1,000 of 10,000 test``."""
        if self.prepared is None:
            return []
        return [
            f"{self.prepared.get(split, 0):,} of {official:,} {split}"
            for split, official in self.info.num_examples.items()
            if self.prepared.get(split, 0) != official
        ]

    def as_json(self) -> dict[str, Any]:
        """The entry for programs."""
        info = self.info
        return {
            "name": info.name,
            "modality": info.modality,
            "task": info.task,
            "input_shape": list(info.input_shape),
            "input_dtype": info.input_dtype,
            "class_names": list(info.class_names),
            "official": dict(info.num_examples),
            "state": self.state,
            "prepared": self.prepared,
            "is_complete": None if self.prepared is None else not self.incomplete,
            "folder": None if self.folder is None else str(self.folder),
            "version": self.source.version,
            "missing_bytes": self.missing_bytes,
        }


def look(name: str, data_dir: Path, *, check_sums: bool) -> Entry:
    """See what there is of a dataset.

    Args:
        name: as a config has it.
        data_dir: TFDS's data directory; it need not exist.
        check_sums: read the originals that are in place and compare their sha256 sums;
            otherwise their names and sizes are enough.

    Raises:
        UserError: there is no such dataset.
    """
    info, source = known(name), SOURCES[name]
    if source.is_embedded:
        state: State = "embedded"
        return Entry(info=info, source=source, folder=None, state=state, prepared=None, in_place=())
    folder = data_dir / source.folder
    in_place = _originals_in_place(source, data_dir, check_sums=check_sums)
    state, prepared = _prepared_state(folder, info)
    if state == "missing" and all(in_place):
        state = "ready"
    return Entry(
        info=info, source=source, folder=folder, state=state, prepared=prepared, in_place=in_place
    )


def known(name: str) -> DatasetInfo:
    """The static facts of a dataset by its name in a config.

    Raises:
        UserError: there is no such dataset, or it stands in the config; the message has the
            nearest name.
    """
    if name in DATASET_INFO:
        return DATASET_INFO[name]
    if name in IN_CONFIG:
        raise UserError(
            f"the examples of {quoted(name)} come from the config: there is nothing to prepare "
            f"or import; see 'dltrain data show {name}'"
        )
    names = (*DATASET_INFO, *IN_CONFIG)
    near = nearest(name, names)
    advice = f"did you mean {quoted(near)}?" if near else f"there are: {', '.join(names)}"
    raise UserError(f"there is no dataset {quoted(name)}; {advice}")


def _originals_in_place(source: Source, data_dir: Path, *, check_sums: bool) -> tuple[bool, ...]:
    manual = manual_folder(data_dir)
    return tuple(
        is_whole(manual / original.name, original.size, original.sha256)
        if check_sums
        else has_size(manual / original.name, original.size)
        for original in source.originals
    )


def _prepared_state(folder: Path, info: DatasetInfo) -> tuple[State, dict[str, int] | None]:
    """Whether a set is prepared, and how much of each split that dltrain uses."""
    try:
        facts = json.loads((folder / "dataset_info.json").read_bytes())
        counts = {
            split["name"]: sum(int(length) for length in split["shardLengths"])
            for split in facts["splits"]
        }
    except (FileNotFoundError, NotADirectoryError):
        return "missing", None
    except (OSError, ValueError, LookupError, TypeError):
        return "damaged", None
    return "prepared", {split: counts[split] for split in info.num_examples if split in counts}
