"""Each file of a checkpoint with a changed bit, or cut at each tenth of its length."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compare_runs import differences
from dltrain.checkpoints import folder
from dltrain.checkpoints.store import CONTENT, MANIFEST


def flip_a_bit(file: Path) -> None:
    """Change the lowest bit of the byte in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def cut_at(tenth: int) -> Callable[[Path], None]:
    """A function that leaves so many tenths of a file."""
    return lambda file: os.truncate(file, file.stat().st_size * tenth // 10)


HARMS = {"a changed bit": flip_a_bit} | {f"{n} tenths left": cut_at(n) for n in range(10)}


@pytest.fixture
def stopped(tmp_path: Path, undisturbed: Callable[[], Path]) -> Path:
    """A run that was killed between its last checkpoint and its summary."""
    run = shutil.copytree(undisturbed(), tmp_path / "run")
    (run / "summary.json").unlink()
    (run / "model.keras").unlink()
    return run


@pytest.mark.slow
@pytest.mark.parametrize("name", [MANIFEST, *CONTENT])
@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_one_file_of_the_newest_checkpoint(
    command: Callable[..., Any],
    stopped: Path,
    undisturbed: Callable[[], Path],
    name: str,
    harm: Callable[[Path], None],
) -> None:
    """It is named, its checkpoint set aside, the one before it used, to the same bits."""
    before, newest = folder.in_folder(stopped / "checkpoints")[-2:]
    harm(newest / name)
    said = command(stopped).end(0)
    assert f"{newest} is damaged: {name} " in said
    assert f"It is set aside as damaged-{newest.name}; the one before it is used." in said
    assert f"resumed  at step {folder.step_of(before):,} of" in said
    shutil.rmtree(newest.with_name(f"damaged-{newest.name}"))
    assert differences(undisturbed(), stopped) == []
