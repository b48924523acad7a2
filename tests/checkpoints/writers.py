"""The writers of a run, each with the reader that says what a kill has left of its work."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dltrain.checkpoints import store
from dltrain.checkpoints.folder import delete_after, in_folder, newest_good, prune
from dltrain.checkpoints.store import Checkpoint
from dltrain.config import shipped
from dltrain.config.copy_shipped import copy_shipped
from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.data import decode_cache
from dltrain.dataset_info import DATASET_INFO
from dltrain.runs.files import put_in_place, replace_bytes, replace_json
from dltrain.runs.metrics_file import MetricsFile, append_json_line

LOSSES = (0.5, 0.9, 0.4)  # so that the best is now the newest checkpoint and now an older one
CONFIG = "data: {name: digits}\nmodel: {name: mlp}\n"
ENVIRONMENT = {"packages": {}, "threads": {"intra_op": 1, "inter_op": 1}, "data": "0"}
COLUMNS = {"train": {"inputs": np.arange(6, dtype=np.uint8), "labels": np.ones(6, np.int32)}}


@dataclass(frozen=True)
class Writer:
    """A writer under test.

    Attributes:
        prepare: makes what is there before.
        write: what is killed, and what is done again afterwards.
        read: what a reader finds; fails if it is not whole.
        between: what it may find beside the state before and the state after.
        may_be_lost: a power cut may take it: it can be made again.
    """

    prepare: Callable[[Path], object]
    write: Callable[[Path], object]
    read: Callable[[Path], Any]
    between: tuple[Any, ...] = ()
    may_be_lost: bool = False


EXPERIMENT = load_text(CONFIG, "x.yaml").experiment
YAML = store.to_yaml(EXPERIMENT)


def use_one_config() -> None:
    """Understanding the config takes most of a checkpoint's time and is not in question here."""

    def read_experiment(data: bytes, _: Path) -> ExperimentConfig:
        assert data.decode() == YAML
        return EXPERIMENT

    store.to_yaml, store._read_experiment = lambda _: YAML, read_experiment


def _checkpoint(step: int, structure: str = "first", **state: Any) -> Checkpoint:
    return Checkpoint(
        step=step,
        experiment=EXPERIMENT,
        info=DATASET_INFO["digits"],
        arrays={"model/0000": np.full(5, step, np.float32)},
        state={"best": None, "validation": None, "planned": True, **state},
        structure=structure,
        environment=ENVIRONMENT,
    )


def _save(folder: Path, step: int, structure: str = "first", **state: Any) -> None:
    store.save(folder, _checkpoint(step, structure, **state))


def _refuse(notice: str) -> None:
    raise AssertionError(notice)


def _newest(folder: Path) -> tuple[int, str] | None:
    """What a resume would take; every checkpoint that can be seen has to be whole."""
    for path in in_folder(folder):
        store.load(path)
    found = newest_good(folder, _refuse)
    return (found.step, found.structure) if found else None


def _save_and_prune(folder: Path) -> None:
    _save(folder, 2)
    prune(folder, keep=1)


def _prepare_rollback(folder: Path) -> None:
    """A later checkpoint, and one that it has replaced, which must not come back."""
    _save(folder, 1)
    _save(folder, 2, planned=False)
    shutil.copytree(folder / store.name_of(2), folder / f"{store.REPLACED}{store.name_of(2)}")


def _roll_back(folder: Path) -> None:
    newest_good(folder, _refuse, only_planned=True)
    delete_after(folder, 1)
    _save(folder, 1, "rolled back")


def _train(run: Path) -> None:
    """What a training does on the disk, from wherever it stands to its end."""
    checkpoints, metrics = run / "checkpoints", MetricsFile(run / "metrics.jsonl")
    found = newest_good(checkpoints, _refuse)
    state = found.state if found else {"epoch": 0, "best": None, "metrics_length": 0}
    metrics.cut_back(state["metrics_length"])
    prune(checkpoints, keep=1)
    best = state["best"]
    for epoch in range(state["epoch"] + 1, len(LOSSES) + 1):
        loss = LOSSES[epoch - 1]
        if best is None or loss < best["loss"]:
            best = {"loss": loss, "checkpoint": f"checkpoints/{store.name_of(epoch)}"}
        metrics.append({"epoch": epoch, "loss": loss})
        length = metrics.length
        metrics.sync()
        _save(checkpoints, epoch, epoch=epoch, best=best, metrics_length=length)
        prune(checkpoints, keep=1)
    replace_json(run / "summary.json", {"best": best})


def _standing(run: Path) -> int:
    """The epoch a resume goes on from; all it relies on has to be there."""
    _newest(run / "checkpoints")
    found = newest_good(run / "checkpoints", _refuse)
    state = found.state if found else {"epoch": 0, "best": None, "metrics_length": 0}
    metrics = MetricsFile(run / "metrics.jsonl")
    assert metrics.length >= state["metrics_length"], "the metrics are behind the checkpoint"
    metrics.cut_back(state["metrics_length"])
    epochs = [line["epoch"] for line in metrics.read()]
    assert epochs == list(range(1, state["epoch"] + 1)), epochs
    assert metrics.length == state["metrics_length"], "a torn line belongs to the checkpoint"
    if state["best"]:
        store.load(run / state["best"]["checkpoint"])
    if (run / "summary.json").exists():
        json.loads((run / "summary.json").read_bytes())
    return state["epoch"]


def _append_lines(folder: Path) -> None:
    metrics = MetricsFile(folder / "metrics.jsonl")
    metrics.cut_back(len(b'{"epoch": 1}\n'))
    for epoch in (2, 3, 4):
        metrics.append({"epoch": epoch})
    metrics.sync()


def _epochs(folder: Path) -> tuple[int, ...]:
    return tuple(line["epoch"] for line in MetricsFile(folder / "metrics.jsonl").read())


def _note_events(folder: Path) -> None:
    for epoch in range(len(_epochs(folder)) + 1, 4):
        append_json_line(folder / "metrics.jsonl", {"epoch": epoch})


def _export(folder: Path) -> None:
    """As `model.keras` is: Keras writes it beside its place, with how many calls does not matter."""
    with (folder / ".partial-model.keras").open("wb") as file:
        file.write(b"new" * 100)
    put_in_place(folder / ".partial-model.keras", folder / "model.keras")


def _fill_cache(folder: Path) -> None:
    os.environ["DLTRAIN_CACHE_DIR"] = str(folder)
    notice = decode_cache.load_or_decode("set", "key", lambda: COLUMNS).notice
    if notice is not None:
        raise OSError(notice)  # which a person is told instead


def _cached(folder: Path) -> int:
    entries = [path for path in folder.glob("set/*") if not path.name.startswith(".")]
    return len([decode_cache._read(entry) for entry in entries])


def _ship(folder: Path) -> None:
    for name, text in {"base": CONFIG, "fast": f"extends: base.yaml\n# {'x' * 50}\n"}.items():
        (folder / "shipped").mkdir(exist_ok=True)
        (folder / "shipped" / f"{name}.yaml").write_text(text)


def _copy_config(folder: Path) -> None:
    shipped.shipped_folder = lambda: folder / "shipped"
    if not (folder / "fast.yaml").exists():
        copy_shipped("fast", folder)


def _copied(folder: Path) -> tuple[str, ...]:
    for path in folder.glob("*.yaml"):
        assert path.read_bytes() == (folder / "shipped" / path.name).read_bytes(), path.name
    return tuple(sorted(path.name for path in folder.glob("*.yaml")))


def _naive_save(folder: Path) -> None:
    """As many a program does it, to see that this harness finds what is wrong with it."""
    (folder / "file").write_bytes(b"new" * 10)


def _of_file(name: str) -> Callable[[Path], str]:
    return lambda folder: hashlib.sha256((folder / name).read_bytes()).hexdigest()


def _put(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


WRITERS = {
    "save beside, prune": Writer(lambda folder: _save(folder, 1), _save_and_prune, _newest),
    "save over": Writer(
        lambda folder: _save(folder, 1), lambda folder: _save(folder, 1, "second"), _newest
    ),
    "roll back": Writer(_prepare_rollback, _roll_back, _newest, between=((1, "first"),)),
    "train": Writer(lambda _: None, _train, _standing, between=(1, 2)),
    "summary": Writer(
        lambda folder: replace_json(folder / "summary.json", {"status": "old"}),
        lambda folder: replace_json(folder / "summary.json", {"status": "new"}),
        _of_file("summary.json"),
    ),
    "config": Writer(
        _put("config.yaml", b"seed: 1\n" * 9),
        lambda folder: replace_bytes(folder / "config.yaml", b"seed: 2\n"),
        _of_file("config.yaml"),
    ),
    "metrics": Writer(
        _put("metrics.jsonl", b'{"epoch": 1}\n{"epo'), _append_lines, _epochs, ((1, 2), (1, 2, 3))
    ),
    "events": Writer(
        _put("metrics.jsonl", b'{"epoch": 1}\n{"epo'), _note_events, _epochs, ((1, 2),)
    ),
    "export": Writer(_put("model.keras", b"old" * 99), _export, _of_file("model.keras")),
    "decode cache": Writer(lambda _: None, _fill_cache, _cached, may_be_lost=True),
    "config copy": Writer(_ship, _copy_config, _copied, (("base.yaml",),), may_be_lost=True),
    "naive": Writer(_put("file", b"old" * 10), _naive_save, _of_file("file")),
}
