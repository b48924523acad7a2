"""Whatever is damaged in a run is found, by the check that looks there and by no other."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FIRST, LAST = "step-00000004", "step-00000008"


def flip(path: Path, place: int = -30) -> None:
    """Another byte at one place."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change a JSON document."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_lines(run: Path, change: Callable[[list[str]], Any]) -> None:
    """Change the lines of ``metrics.jsonl``."""
    path = run / "metrics.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    change(lines)
    path.write_text("".join(lines))


def swap(run: Path) -> None:
    """Each of the two checkpoints under the other's name."""
    folder = run / "checkpoints"
    (folder / FIRST).rename(folder / "x")
    (folder / LAST).rename(folder / FIRST)
    (folder / "x").rename(folder / LAST)


def other_epoch(summary: dict[str, Any]) -> None:
    """The best is said to be the first epoch."""
    summary["best"] = {"epoch": 1, "step": 4, "checkpoint": f"checkpoints/{FIRST}"}


def replace_in_second(lines: list[str], old: str, new: str) -> None:
    """Other text of the same length in the last line."""
    assert old in lines[1]
    assert len(old) == len(new)
    lines[1] = lines[1].replace(old, new)


DAMAGE: dict[str, tuple[Callable[[Path], Any], dict[str, str]]] = {
    "manifest cut": (
        lambda run: os.truncate(run / "manifest.json", 300),
        {"manifest": "Invalid JSON"},
    ),
    "manifest gone": (
        lambda run: (run / "manifest.json").unlink(),
        {"manifest": "manifest.json is missing"},
    ),
    "other data recorded": (
        lambda run: edit(run / "manifest.json", lambda m: m["dataset"].update(sha256="0")),
        {f"{FIRST} state": "its data is not", f"{LAST} state": "its data is not"},
    ),
    "other seeds recorded": (
        lambda run: edit(run / "manifest.json", lambda m: m["seeds"].update(seed=9)),
        {"manifest": "its seeds are"},
    ),
    "config edited": (
        lambda run: (run / "config.yaml").write_text(
            (run / "config.yaml").read_text().replace("dropout: 0.2", "dropout: 0.3")
        ),
        {
            "config": "model.dropout is 0.3, in the manifest 0.2",
            f"{FIRST} state": "its config is not that of the run: model.dropout",
            f"{LAST} state": "its config",
        },
    ),
    "config cut": (lambda run: os.truncate(run / "config.yaml", 150), {"config": "config.yaml:"}),
    "config extends": (
        lambda run: (run / "config.yaml").write_text("extends: /etc/passwd\n"),
        {"config": "it extends another file"},
    ),
    "metrics cut": (
        lambda run: edit_lines(run, lambda lines: lines.pop()),
        {
            f"{LAST} state": "metrics.jsonl, beyond",
            "summary": "it counts 2 epochs, metrics.jsonl 1",
        },
    ),
    "metrics torn": (
        lambda run: os.truncate(run / "metrics.jsonl", 500),
        {"metrics": "are no whole line", f"{LAST} state": "beyond", "summary": "it counts 2"},
    ),
    "first line removed": (
        lambda run: edit_lines(run, lambda lines: lines.pop(0)),
        {
            "metrics": "epoch 2 stands where epoch 1 should",
            f"{FIRST} state": "it follows epoch 1",
            f"{LAST} state": "it follows epoch 2",
        },
    ),
    "line twice": (
        lambda run: edit_lines(run, lambda lines: lines.append(lines[1])),
        {"metrics": "epoch 2 stands where epoch 3 should"},
    ),
    "figure edited": (
        lambda run: edit_lines(
            run,
            lambda lines: replace_in_second(
                lines, '"validation": {"loss": ', '"validation": {"loss":-'
            ),
        ),
        {
            f"{LAST} state": "its validation is not that of epoch 2 in metrics.jsonl",
            "summary": "the figures of its best are not those of epoch 2",
        },
    ),
    "bit of metrics": (
        lambda run: flip(run / "metrics.jsonl", 3),
        {
            "metrics": "line 1 is no record of an epoch: kind",
            f"{FIRST} state": "it follows epoch 1, but 0 lines",
            f"{LAST} state": "it follows epoch 2, but 1 lines",
        },
    ),
    "swapped": (
        swap,
        {
            f"{FIRST} state": "it is the checkpoint of step 8",
            f"{LAST} state": "it is the checkpoint of step 4",
            "best": "is not of epoch 2",
        },
    ),
    "last checkpoint gone": (
        lambda run: shutil.rmtree(run / "checkpoints" / LAST),
        {"best": f"{LAST} is not there", "summary": "the checkpoint of its last step"},
    ),
    "best edited": (
        lambda run: edit(run / "summary.json", other_epoch),
        {"summary": "its best is that of epoch 1, that of metrics.jsonl is that of epoch 2"},
    ),
    "steps edited": (
        lambda run: edit(run / "summary.json", lambda s: s.update(steps=7)),
        {"summary": "it counts 7 steps, metrics.jsonl 8"},
    ),
    "validation edited": (
        lambda run: edit(run / "summary.json", lambda s: s["validation"].update(loss=0.0)),
        {"summary": "the figures of its best"},
    ),
    "summary cut": (lambda run: os.truncate(run / "summary.json", 50), {"summary": "Invalid JSON"}),
    "bit of the model": (lambda run: flip(run / "model.keras"), {"model": "its sha256 sum"}),
    "model cut": (lambda run: os.truncate(run / "model.keras", 9), {"model": "9 bytes instead of"}),
    "model gone": (lambda run: (run / "model.keras").unlink(), {"model": "model.keras is missing"}),
    "bit of events": (lambda run: flip(run / "events.jsonl", 0), {"events": "line 1 is no event"}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage(copied_run: Path, found: Callable[..., Any], damage: str) -> None:
    """Each kind of damage is found by the checks that look there, and by no other."""
    harm, expected = DAMAGE[damage]
    harm(copied_run)
    told = found(copied_run)["bad"]
    told.pop("sums", None)  # below, alone
    assert told.keys() == expected.keys()
    for name, message in expected.items():
        assert message in told[name]


EDITED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "processor": (
        lambda run: edit(run / "manifest.json", lambda m: m["hardware"].update(cpu="another")),
        "manifest.json does not match its own sha256 sum",
    ),
    "test figure": (
        lambda run: edit(run / "summary.json", lambda s: s["test"].update(accuracy=1.0)),
        "summary.json does not match its own sha256 sum",
    ),
    "train figure": (
        lambda run: edit_lines(
            run,
            lambda lines: replace_in_second(lines, '"train": {"loss": ', '"train": {"loss":-'),
        ),
        "metrics.jsonl is not what the checkpoint of step 8 counts",
    ),
}


@pytest.mark.parametrize("edited", EDITED)
def test_edited(copied_run: Path, found: Callable[..., Any], edited: str) -> None:
    """A figure that nothing else repeats is held by a sum."""
    harm, message = EDITED[edited]
    harm(copied_run)
    assert found(copied_run)["bad"] == {"sums": message}


@pytest.mark.parametrize(
    "name", ["manifest.json", "config.yaml", "dataset.json", "state.json", "arrays.safetensors"]
)
def test_a_bit_of_a_checkpoint(copied_run: Path, found: Callable[..., Any], name: str) -> None:
    """A flipped bit names the file; the best, which it is, counts as damaged too."""
    flip(copied_run / "checkpoints" / LAST / name)
    told = found(copied_run)["bad"]
    assert told.keys() == {f"{LAST} files", "best"}
    assert name in told[f"{LAST} files"]
    assert told["best"] == f"checkpoints/{LAST} is damaged"
