"""The checkpoints of a run: which there are, which is the newest good one, which may go.

Planned ones are written where the config says, so that they are the same in every run of it.
Passing ones are written by the clock or at a signal; only the newest of all is of use.
"""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dltrain.checkpoints.reading import read_object
from dltrain.checkpoints.store import (
    STATE,
    UNREADABLE,
    Checkpoint,
    DamagedError,
    discard,
    load,
    tidy,
)
from dltrain.runs.files import delete_tree, fsync_directory
from dltrain.runs.reading import read_bytes, reason_of

NAME = re.compile(r"step-\d{8,}", re.ASCII)


def in_folder(folder: Path) -> list[Path]:
    """The checkpoints of a run, oldest first; a link to somewhere else is none of them."""
    paths = [
        path
        for path in folder.glob("step-*")
        if NAME.fullmatch(path.name) and not path.is_symlink()
    ]
    return sorted(paths, key=step_of)


def step_of(path: Path) -> int:
    """The step a checkpoint's directory is named after."""
    return int(path.name.removeprefix("step-"))


def newest_good(
    folder: Path, notice: Callable[[str], None], *, only_planned: bool = False
) -> Checkpoint | None:
    """The newest checkpoint that a run can go on from; others are set aside and named.

    That is one that is whole, and so is the one it names as the best, which the end of the run
    will need.

    Args:
        folder: the run's folder of checkpoints.
        notice: told about each damaged one.
        only_planned: pass over those that a clock or a signal has caused.

    Raises:
        CheckpointError: it was written by a dltrain that this one does not understand.
    """
    tidy(folder)
    paths = in_folder(folder)
    while paths:
        path = paths.pop()
        try:
            checkpoint = load(path)
            _refuse_lost_best(path, checkpoint)
        except DamagedError as error:
            aside = path.with_name(f"damaged-{path.name}")
            delete_tree(aside)
            path.rename(aside)
            first_line = str(error).splitlines()[0]
            before = "the one before it is used" if paths else "there is none before it"
            notice(f"{first_line} It is set aside as {aside.name}; {before}.")
            continue
        if checkpoint.state.get("planned") or not only_planned:
            return checkpoint
    return None


def _refuse_lost_best(path: Path, checkpoint: Checkpoint) -> None:
    best = _best_in(path, checkpoint.state)
    if best is None or best == path.name:
        return
    try:
        load(path.with_name(best))
    except DamagedError as error:
        reason = str(error).splitlines()[0].removesuffix(".")
        raise DamagedError(
            f"{path} cannot be gone on from, because its best is lost: {reason}."
        ) from error


def prune(folder: Path, *, keep: int) -> None:
    """Delete what no resume needs.

    What stays: the newest of all, the newest `keep` planned ones, and what these name as the
    best. So whichever of them a run has to go back to, the best it knows is still there.
    """
    paths = in_folder(folder)
    planned = [path for path in paths if _is_planned(path)]
    wanted = {*planned[-keep:], *paths[-1:]}
    named = set()
    for path in wanted:
        with contextlib.suppress(DamagedError):  # what is damaged will be found when it is needed
            named.add(best_of(path))
    for path in paths:
        if path not in wanted and path.name not in named:
            with contextlib.suppress(OSError):  # what cannot be deleted harms nothing
                discard(path)


def delete_after(folder: Path, step: int) -> None:
    """Delete the checkpoints of later steps, to which no run must go back."""
    for path in reversed(in_folder(folder)):
        if step_of(path) > step:
            discard(path)
    fsync_directory(folder)  # before anything they count is cut


def _is_planned(path: Path) -> bool:
    try:
        return _state_of(path).get("planned") is True
    except DamagedError:
        return True  # nothing is known of it: it may go when it is old


def best_of(path: Path) -> str | None:
    """Directory name of the checkpoint that was best when this one was written.

    Raises:
        CheckpointError: this one does not say.
    """
    return _best_in(path, _state_of(path))


def _best_in(path: Path, state: dict[str, Any]) -> str | None:
    try:
        best = state["best"]
        return name_in(best["checkpoint"]) if best else None
    except UNREADABLE as error:
        raise _damaged(path, error) from error


def name_in(checkpoint: object) -> str:
    """The directory name in ``checkpoints/step-...``, as a run's files name a checkpoint.

    Raises:
        ValueError: it is something else, such as a way out of the folder.
    """
    name = str(checkpoint).removeprefix("checkpoints/")
    if not NAME.fullmatch(name):
        raise ValueError("it does not name the best checkpoint")
    return name


def _state_of(path: Path) -> dict[str, Any]:
    try:
        return read_object(read_bytes(path / STATE))
    except UNREADABLE as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DamagedError:
    return DamagedError(
        f"{path} is damaged: {reason_of(error)}.\nName another checkpoint of the run."
    )
