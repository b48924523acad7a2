"""A checkpoint is a directory that appears whole or not at all. No TensorFlow here.

It is self-contained: the resolved config, the DatasetInfo, every variable and the state
of the loop, with a manifest of sha256 sums, its own included, written last inside a folder
that is renamed into place.
"""

import errno
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors
from safetensors.numpy import save as save_safetensors

from dltrain import __version__
from dltrain.checkpoints.facts import check_facts, check_state, read_info
from dltrain.checkpoints.reading import read_object, read_verified
from dltrain.config.load import load_text
from dltrain.config.mistakes import ConfigError
from dltrain.config.save import to_yaml
from dltrain.config.schema import ExperimentConfig
from dltrain.config.yaml_nodes import parse_text
from dltrain.dataset_info import DatasetInfo
from dltrain.errors import CheckpointError
from dltrain.runs.files import delete_tree, fsync_directory, is_sealed, sealed, write_bytes
from dltrain.runs.reading import read_bytes, reason_of

FORMAT = 3
MANIFEST, CONFIG, DATASET, STATE, ARRAYS = (
    "manifest.json",
    "config.yaml",
    "dataset.json",
    "state.json",
    "arrays.safetensors",
)
REPLACED = ".partial-replaced-"
CONTENT = (CONFIG, DATASET, STATE, ARRAYS)
UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError),
    SafetensorError,
)
DAMAGE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EIO})
"""Errors of the system that tell of a damaged checkpoint; others may pass."""
Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything needed to go on with a run, or to use its model.

    Attributes:
        step: optimizer updates made.
        experiment: the resolved config.
        info: what the model knows about its data.
        arrays: every variable, keyed by role and index, e.g. ``model/003``.
        state: the loop's state and the figures logged at this step; plain JSON.
        structure: digest of the model's configuration and of all shapes and dtypes.
        environment: versions, threads and device kind it was made with.
    """

    step: int
    experiment: ExperimentConfig
    info: DatasetInfo
    arrays: Arrays
    state: dict[str, Any]
    structure: str
    environment: dict[str, Any]


class DamagedError(CheckpointError):
    """A checkpoint that is torn, corrupted or no checkpoint at all."""


def name_of(step: int) -> str:
    """The directory name of a step's checkpoint; sorts by step."""
    return f"step-{step:08d}"


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint beside its place and rename it there.

    Args:
        folder: the run's folder of checkpoints; made if needed.
        checkpoint: what to write.

    Returns:
        Its directory. One of the same step is replaced.

    Raises:
        OSError: it could not be written; what was there before stays.
    """
    if not folder.exists():
        folder.mkdir()
        fsync_directory(folder.parent)
    tidy(folder)
    target = folder / name_of(checkpoint.step)
    partial = folder / f".partial-{target.name}"
    partial.mkdir()
    try:
        _write_content(partial, checkpoint)
        fsync_directory(partial)
        _put_in_place(partial, target)
        fsync_directory(folder)
    finally:
        tidy(folder)
    return target


def _put_in_place(partial: Path, target: Path) -> None:
    if target.exists():
        target.rename(target.with_name(f"{REPLACED}{target.name}"))
    partial.rename(target)


def tidy(folder: Path) -> None:
    """Undo a replacement that was cut in the middle; delete what is half-written or half-deleted.

    Only the process that holds the run may do so.

    Raises:
        OSError: a replaced checkpoint could not be put back; it is kept.
    """
    for replaced in folder.glob(f"{REPLACED}*"):
        target = folder / replaced.name.removeprefix(REPLACED)
        if target.exists():
            discard(replaced)
        else:
            replaced.rename(target)
    for leftover in folder.glob(".partial-*"):
        delete_tree(leftover)


def discard(path: Path) -> None:
    """Delete a checkpoint, out of sight first: nobody must take a half of it for a whole one.

    Raises:
        OSError: it could not be moved, and stays whole.
    """
    hidden = path.with_name(f".partial-deleted-{path.name}")
    delete_tree(hidden)
    path.rename(hidden)
    delete_tree(hidden)


def _write_content(folder: Path, checkpoint: Checkpoint) -> None:
    # safetensors writes other than contiguous layouts wrongly, without a word
    arrays = {key: np.asarray(array, order="C") for key, array in checkpoint.arrays.items()}
    content = {
        CONFIG: to_yaml(checkpoint.experiment).encode(),
        DATASET: _as_json(asdict(checkpoint.info)),
        STATE: _as_json(checkpoint.state),
        ARRAYS: save_safetensors(arrays),
    }
    for name, data in content.items():
        write_bytes(folder / name, data)
    manifest = {
        "format": FORMAT,
        "dltrain": __version__,
        "step": checkpoint.step,
        "structure": checkpoint.structure,
        "environment": checkpoint.environment,
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in content.items()
        },
    }
    write_bytes(folder / MANIFEST, _as_json(sealed(manifest)))


def _as_json(content: Any) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def load(path: Path) -> Checkpoint:
    """Read a checkpoint after comparing every file with its sum.

    Raises:
        DamagedError: it is not what was written.
        CheckpointError: it was written by a dltrain that this one does not understand.
    """
    try:
        manifest = _read_manifest(path / MANIFEST)
        if manifest["format"] != FORMAT:
            raise CheckpointError(
                f"{path} has checkpoint format {manifest['format']}, this dltrain {__version__} "
                f"reads format {FORMAT}.\nUse dltrain {manifest.get('dltrain')}, which wrote it."
            )
        files = {name: read_verified(path / name, manifest["files"][name]) for name in CONTENT}
        facts = check_facts(manifest)
        return Checkpoint(
            step=facts.step,
            experiment=_read_experiment(files[CONFIG], path / CONFIG),
            info=read_info(files[DATASET]),
            arrays=load_safetensors(files[ARRAYS]),
            state=check_state(read_object(files[STATE])),
            structure=facts.structure,
            environment=facts.environment,
        )
    except ConfigError as error:
        raise CheckpointError(
            f"{path} was written by dltrain {manifest.get('dltrain')}, and this dltrain {__version__} "
            f"does not understand its config:\n{error}"
        ) from error
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno not in DAMAGE:
            raise CheckpointError(
                f"{path} cannot be read: {reason_of(error)}.\n"
                "It may be whole: mend that, and run the same command again."
            ) from error
        raise DamagedError(
            f"{path} is damaged: {reason_of(error)}.\n"
            "Use another checkpoint of the run, or train again with --fresh."
        ) from error


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = read_object(read_bytes(path))
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON ({error})") from error
    if not is_sealed(manifest):
        raise ValueError(f"{path.name} does not match its own sha256 sum")
    return manifest


def _read_experiment(data: bytes, path: Path) -> ExperimentConfig:
    text = data.decode()
    if "extends" in parse_text(text, str(path))[0].entries:
        raise ValueError(f"{path.name} extends another file")  # which nobody has verified
    return load_text(text, str(path)).experiment
