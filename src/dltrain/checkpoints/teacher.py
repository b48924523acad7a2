"""The checkpoint that a training learns from. No TensorFlow here."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltrain.checkpoints.find import find_checkpoint
from dltrain.checkpoints.store import MANIFEST, Checkpoint, load
from dltrain.config.save import inline
from dltrain.config.schema import ExperimentConfig
from dltrain.errors import CheckpointError, UserError
from dltrain.runs.reading import read_bytes

KEY = "train.distillation.teacher"
FREE = {
    *("batch_size", "drop_remainder", "augmentation", "resident", "normalise"),
    *("limit", "evaluation_limit"),
}
"""Keys of `data` in which a teacher may differ: they change neither what an example is nor which
ones are held out."""


@dataclass(frozen=True)
class Teacher:
    """A checkpoint to learn from.

    Attributes:
        name: what its run calls it.
        sha256: sum of its manifest, which holds the sums of everything else in it.
        checkpoint: what it holds.
    """

    name: str
    sha256: str
    checkpoint: Checkpoint

    def as_json(self) -> dict[str, Any]:
        """What a run's manifest tells of it."""
        return {"checkpoint": self.name, "sha256": self.sha256}


def read_teacher(path: Path | None, experiment: ExperimentConfig) -> Teacher | None:
    """Read the teacher of an experiment; None where it has none.

    Args:
        path: of a run directory, whose best checkpoint it then is, or of a checkpoint.
        experiment: what is to be trained.

    Raises:
        CheckpointError: there is none at this path, or it is damaged.
        UserError: it was trained on other data, or on examples that the experiment holds out.
    """
    if path is None:
        return None
    try:
        found = find_checkpoint(path)
        teacher = Teacher(found.name, _sum_of(found.path / MANIFEST), load(found.path))
    except CheckpointError as error:
        raise CheckpointError(f"{KEY}: {error}") from error
    refuse_other_examples(path, teacher.checkpoint.experiment, experiment)
    return teacher


def _sum_of(manifest: Path) -> str:
    try:
        return hashlib.sha256(read_bytes(manifest)).hexdigest()
    except OSError as error:
        raise CheckpointError(
            f"{manifest} cannot be read: {error.strerror or error}.\nName another checkpoint."
        ) from error


def refuse_other_examples(path: Path, teacher: ExperimentConfig, student: ExperimentConfig) -> None:
    """Make sure that a teacher knows the student's inputs, and none that judge the student.

    Raises:
        UserError: their `data` differ in more than they may.
    """
    theirs, ours = teacher.data.model_dump(), student.data.model_dump()
    keys = [key for key in {**theirs, **ours} if key not in FREE]
    lines = [
        f"  data.{key}: {_said(theirs, key)} there, {_said(ours, key)} here"
        for key in keys
        if theirs.get(key) != ours.get(key)
    ]
    if lines:
        raise UserError(
            f"{KEY}: {path} was trained on other examples:\n" + "\n".join(lines) + "\n"
            "Name a teacher of the same data, prepared and divided alike: what it says of other "
            "inputs means nothing, and what it has seen must not judge the student."
        )


def _said(data: dict[str, Any], key: str) -> str:
    text = inline(data.get(key))
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - columns
