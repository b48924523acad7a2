"""A checkpoint is a directory that appears whole or not at all. No TensorFlow here.

It is self-contained: the resolved config, the DatasetInfo, every variable and the state
of the loop, with a manifest of sha256 sums written last inside a folder that is renamed
into place.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors
from safetensors.numpy import save as save_safetensors

from dltrain import __version__
from dltrain.config.load import load_config
from dltrain.config.save import to_yaml
from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.errors import CheckpointError
from dltrain.runs.files import fsync_directory, write_bytes

FORMAT = 1
MANIFEST, CONFIG, DATASET, STATE, ARRAYS = (
    "manifest.json",
    "config.yaml",
    "dataset.json",
    "state.json",
    "arrays.safetensors",
)
CONTENT = (CONFIG, DATASET, STATE, ARRAYS)
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
    folder.mkdir(exist_ok=True)
    target = folder / name_of(checkpoint.step)
    partial = folder / f".partial-{target.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        _write_content(partial, checkpoint)
        fsync_directory(partial)
        if target.exists():
            target.rename(folder / f".partial-replaced-{target.name}")
        partial.rename(target)
        fsync_directory(folder)
    finally:
        for leftover in folder.glob(".partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
    return target


def _write_content(folder: Path, checkpoint: Checkpoint) -> None:
    # safetensors writes other than contiguous layouts wrongly, without a word
    arrays = {key: np.ascontiguousarray(array) for key, array in checkpoint.arrays.items()}
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
    write_bytes(folder / MANIFEST, _as_json(manifest))


def _as_json(content: Any) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def load(path: Path) -> Checkpoint:
    """Read a checkpoint after comparing every file with its sum.

    Raises:
        CheckpointError: it is damaged, or was written by a newer dltrain.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        if manifest["format"] != FORMAT:
            raise CheckpointError(
                f"{path} has checkpoint format {manifest['format']}, this dltrain {__version__} "
                f"reads format {FORMAT}.\nUse dltrain {manifest['dltrain']}, which wrote it."
            )
        files = {name: _verified(path / name, manifest["files"][name]) for name in CONTENT}
        return Checkpoint(
            step=int(manifest["step"]),
            experiment=load_config(path / CONFIG).experiment,
            info=_read_info(files[DATASET]),
            arrays=load_safetensors(files[ARRAYS]),
            state=json.loads(files[STATE]),
            structure=manifest["structure"],
            environment=manifest["environment"],
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} is damaged: {_reason(error)}.\n"
            "Use another checkpoint of the run, or train again with --fresh."
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{Path(str(error.filename)).name} is missing"
    return str(error) or type(error).__name__


def _verified(path: Path, expected: dict[str, Any]) -> bytes:
    data = path.read_bytes()
    if len(data) != expected["bytes"]:
        raise ValueError(f"{path.name} has {len(data)} bytes instead of {expected['bytes']}")
    if hashlib.sha256(data).hexdigest() != expected["sha256"]:
        raise ValueError(f"{path.name} does not match its sha256 sum")
    return data


def _read_info(data: bytes) -> DatasetInfo:
    facts = json.loads(data)
    facts["input_shape"] = tuple(facts["input_shape"])
    facts["class_names"] = tuple(facts["class_names"])
    return DatasetInfo(**facts)


def in_folder(folder: Path) -> list[Path]:
    """The checkpoints of a run, oldest first."""
    return sorted(folder.glob("step-*"))


def newest_good(folder: Path, notice: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint that is whole; damaged ones are set aside and named.

    Args:
        folder: the run's folder of checkpoints.
        notice: told about each damaged one.
    """
    for path in reversed(in_folder(folder)):
        try:
            return load(path)
        except CheckpointError as error:
            aside = path.with_name(f"damaged-{path.name}")
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
            first_line = str(error).splitlines()[0]
            notice(f"{first_line} It is set aside as {aside.name}; the one before it is used.")
    return None


def prune(folder: Path, *, keep: int, best: str | None) -> None:
    """Delete all but the newest `keep` checkpoints and the best one."""
    for path in in_folder(folder)[:-keep]:
        if path.name != best:
            shutil.rmtree(path)
