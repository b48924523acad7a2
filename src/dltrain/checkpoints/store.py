"""A checkpoint is a directory that appears whole or not at all. No TensorFlow here.

It is self-contained: the resolved config, the DatasetInfo, every variable and the state
of the loop, with a manifest of sha256 sums, its own included, written last inside a folder
that is renamed into place.
"""

import contextlib
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
from dltrain.config.load import load_text
from dltrain.config.mistakes import ConfigError
from dltrain.config.save import to_yaml
from dltrain.config.schema import ExperimentConfig
from dltrain.config.yaml_nodes import parse_text
from dltrain.dataset_info import DatasetInfo
from dltrain.errors import CheckpointError
from dltrain.runs.files import fsync_directory, write_bytes

FORMAT = 2
MANIFEST, CONFIG, DATASET, STATE, ARRAYS = (
    "manifest.json",
    "config.yaml",
    "dataset.json",
    "state.json",
    "arrays.safetensors",
)
CONTENT = (CONFIG, DATASET, STATE, ARRAYS)
UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError),
    SafetensorError,
)
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
    folder.mkdir(exist_ok=True)
    _put_back_replaced(folder)
    target = folder / name_of(checkpoint.step)
    partial = folder / f".partial-{target.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        _write_content(partial, checkpoint)
        fsync_directory(partial)
        _put_in_place(partial, target)
        fsync_directory(folder)
    finally:
        for leftover in folder.glob(".partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
    return target


def _put_in_place(partial: Path, target: Path) -> None:
    replaced = target.with_name(f".partial-replaced-{target.name}")
    if target.exists():
        target.rename(replaced)
    try:
        partial.rename(target)
    except OSError:
        if replaced.exists():
            replaced.rename(target)
        raise


def _put_back_replaced(folder: Path) -> None:
    """Undo a replacement that a kill has cut in the middle."""
    for replaced in folder.glob(".partial-replaced-*"):
        target = folder / replaced.name.removeprefix(".partial-replaced-")
        if not target.exists():
            replaced.rename(target)


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
    write_bytes(folder / MANIFEST, _as_json({**manifest, "sha256": _sum_of(manifest)}))


def _sum_of(manifest: dict[str, Any]) -> str:
    """The manifest's sum over itself, as it was before the sum was added."""
    return hashlib.sha256(_as_json(manifest)).hexdigest()


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
        files = {name: _verified(path / name, manifest["files"][name]) for name in CONTENT}
        return Checkpoint(
            step=int(manifest["step"]),
            experiment=_read_experiment(files[CONFIG], path / CONFIG),
            info=_read_info(files[DATASET]),
            arrays=load_safetensors(files[ARRAYS]),
            state=_read_object(files[STATE]),
            structure=manifest["structure"],
            environment=dict(manifest["environment"]),
        )
    except ConfigError as error:
        raise CheckpointError(
            f"{path} was written by dltrain {manifest.get('dltrain')}, and this dltrain {__version__} "
            f"does not understand its config:\n{error}"
        ) from error
    except UNREADABLE as error:
        raise DamagedError(
            f"{path} is damaged: {_reason(error)}.\n"
            "Use another checkpoint of the run, or train again with --fresh."
        ) from error


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = _read_object(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON ({error})") from error
    if manifest.pop("sha256", None) != _sum_of(manifest):
        raise ValueError(f"{path.name} does not match its own sha256 sum")
    return manifest


def _read_object(data: bytes) -> dict[str, Any]:
    content = json.loads(data)
    if not isinstance(content, dict):
        raise TypeError(f"expected a JSON object, got {type(content).__name__}")
    return content


def _read_experiment(data: bytes, path: Path) -> ExperimentConfig:
    text = data.decode()
    if "extends" in parse_text(text, str(path))[0].entries:
        raise ValueError(f"{path.name} extends another file")  # which nobody has verified
    return load_text(text, str(path)).experiment


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
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()
    }
    return DatasetInfo(**values)


def in_folder(folder: Path) -> list[Path]:
    """The checkpoints of a run, oldest first."""
    return sorted(folder.glob("step-*"))


def newest_good(folder: Path, notice: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint that is whole; damaged ones are set aside and named.

    Args:
        folder: the run's folder of checkpoints.
        notice: told about each damaged one.

    Raises:
        CheckpointError: it was written by a dltrain that this one does not understand.
    """
    _put_back_replaced(folder)
    paths = in_folder(folder)
    while paths:
        path = paths.pop()
        try:
            return load(path)
        except DamagedError as error:
            aside = path.with_name(f"damaged-{path.name}")
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
            first_line = str(error).splitlines()[0]
            before = "the one before it is used" if paths else "there is none before it"
            notice(f"{first_line} It is set aside as {aside.name}; {before}.")
    return None


def prune(folder: Path, *, keep: int) -> None:
    """Delete all but the newest `keep` checkpoints and those they name as the best.

    So whichever of them a run has to go back to, the best it knows is still there.
    """
    paths = in_folder(folder)
    named = set()
    for path in paths[-keep:]:
        with contextlib.suppress(DamagedError):  # what is damaged will be found when it is needed
            named.add(best_of(path))
    for path in paths[:-keep]:
        if path.name not in named:
            shutil.rmtree(path)


def best_of(path: Path) -> str | None:
    """Directory name of the checkpoint that was best when this one was written.

    Raises:
        CheckpointError: this one does not say.
    """
    try:
        best = _read_object((path / STATE).read_bytes())["best"]
        return Path(best["checkpoint"]).name if best else None
    except UNREADABLE as error:
        raise DamagedError(
            f"{path} is damaged: {_reason(error)}.\nName another checkpoint of the run."
        ) from error
