"""What two run directories of one config may not differ in: everything but the clocks."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np

from dltrain.checkpoints import folder, store
from dltrain.runs.run_dir import RunDir


def differences(expected: Path, found: Path) -> list[str]:
    """Everything in which a run differs from another of the same config, but for the clocks.

    Args:
        expected: the run directory of a finished run that nothing has disturbed.
        found: that of another finished run.

    Returns:
        One line per difference; empty if the files have the same names, and metrics, summary,
        exported model and every checkpoint left hold the same bits.
    """
    compare: tuple[Callable[[Path], dict[str, Any]], ...] = (
        _files,
        _metrics,
        _summary,
        _checkpoints,
        _exported,
    )
    return [
        f"{key}: {_said(one.get(key))} expected, {_said(other.get(key))} found"
        for facts in compare
        for one, other in [(facts(expected), facts(found))]
        for key in sorted(one.keys() | other.keys())
        if key not in one or key not in other or one[key] != other[key]
    ]


def _said(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 300 else f"{text[:300]}..."


def _files(run: Path) -> dict[str, Any]:
    paths = [path for path in run.rglob("*") if path != RunDir(run).tensorflow_log]
    return {f"file {path.relative_to(run)}": path.is_file() for path in paths}


def _metrics(run: Path) -> dict[str, Any]:
    lines = [json.loads(line) for line in RunDir(run).metrics.read_text().splitlines()]
    without_clock = [{key: line[key] for key in line if key != "timing"} for line in lines]
    return {f"metrics line {n}": line for n, line in enumerate(without_clock, start=1)}


def _summary(run: Path) -> dict[str, Any]:
    summary = json.loads(RunDir(run).summary.read_text())
    assert summary.pop("seconds") > 0.0
    del summary["sha256"]
    summary.pop("model", None)  # its bytes hold a date; what they mean is compared below
    return {f"summary {key}": value for key, value in summary.items()}


def _checkpoints(run: Path) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    metrics = RunDir(run).metrics.read_bytes()
    for path in folder.in_folder(RunDir(run).checkpoints):
        checkpoint = store.load(path)
        state, sums = checkpoint.state, checkpoint.state["sums"]
        assert state.pop("seconds") > 0.0
        assert sums.pop("seconds") >= 0.0
        counted = metrics[: state["metrics_length"]]
        assert state.pop("metrics_sha256") == hashlib.sha256(counted).hexdigest()
        belonging = metrics[: state.pop("metrics_length")]  # its bytes depend on the clock
        facts[f"{path.name} metrics that belong to it"] = belonging.count(b"\n"), belonging[-1:]
        facts |= {f"{path.name} {key}": value for key, value in state.items()}
        facts |= {f"{path.name} {k}": _bits(array) for k, array in checkpoint.arrays.items()}
        facts[f"{path.name} all else"] = replace(checkpoint, arrays={}, state={})
    return facts


def _exported(run: Path) -> dict[str, Any]:
    with zipfile.ZipFile(RunDir(run).model) as archive:
        weights = BytesIO(archive.read("model.weights.h5"))
    with h5py.File(weights) as file:
        return {f"model.keras {name}": _bits(array) for name, array in _arrays_in(file)}


def _arrays_in(group: h5py.Group) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for item in group.values():
        if isinstance(item, h5py.Group):
            yield from _arrays_in(item)
        else:
            yield item.name, item[()]


def _bits(array: np.ndarray[Any, Any]) -> tuple[str, tuple[int, ...], bytes]:
    return array.dtype.str, array.shape, array.tobytes()
