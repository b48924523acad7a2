"""From paths a person typed to run directories, and the shortest names that tell them apart."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dltrain.errors import UserError
from dltrain.runs.run_dir import RunDir

DIGEST = re.compile(r"[0-9a-f]{8}")  # what `run_dir.default_path` ends in
SET_ASIDE = re.compile(r"\.old-\d+$")  # what `run_dir.set_aside_run` appends


def find_runs(paths: Sequence[Path]) -> list[RunDir]:
    """Every run directory among the paths and below them, each once.

    Args:
        paths: run directories, or folders that hold some. Within a folder runs come by
            path; those that ``--fresh`` has set aside are left out there.

    Raises:
        UserError: a path is not there, or neither is a run directory nor holds one.
    """
    found: dict[Path, RunDir] = {}
    for path in paths:
        runs = [path] if _is_run(path) else _runs_below(path)
        if not runs:
            raise UserError(_no_run(path))
        for run in runs:
            found.setdefault(run.resolve(), RunDir(run))
    return list(found.values())


def short_names(paths: Sequence[Path]) -> list[str]:
    """The end of each path, as short as tells the runs apart.

    The digest that a default run directory ends in is left out where its folder holds no
    other of the runs, and stands alone where all are in one folder.
    """
    whole = [path.resolve() for path in paths]
    siblings = Counter(path.parent for path in whole)
    keys = [
        path.parent if DIGEST.fullmatch(path.name) and siblings[path.parent] == 1 else path
        for path in whole
    ]
    are_siblings = len(siblings) == 1
    return [_shortest(key, keys, are_siblings=are_siblings) for key in keys]


def _is_run(path: Path) -> bool:
    """Whether a run has begun there; a checkpoint has the same two files and a state."""
    run = RunDir(path)
    has_begun = run.manifest.is_file() and run.config.is_file()
    return has_begun and not (path / "state.json").exists()


def _runs_below(folder: Path) -> list[Path]:
    """Run directories below a folder, by path; hidden folders are not looked into."""
    runs = []
    for place, folders, _ in os.walk(folder):
        if _is_run(Path(place)):
            folders.clear()
            runs.append(Path(place))
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not SET_ASIDE.search(name)
        )
    return runs


def _no_run(path: Path) -> str:
    if not path.exists():
        return f"{path} does not exist.\nName run directories, or folders that hold some."
    if path.is_file():
        return f"{path} is a file.\nName run directories, or folders that hold some."
    return (
        f"{path} is no run directory and holds none: a run that has begun has a manifest.json "
        "and a config.yaml.\nName run directories, or folders that hold some."
    )


def _shortest(key: Path, keys: Sequence[Path], *, are_siblings: bool) -> str:
    """The last parts of a path that no other ends in; a digest with its folder before it."""
    is_digest = DIGEST.fullmatch(key.name) is not None
    fewest = 2 if is_digest and not are_siblings else 1
    for count in range(fewest, len(key.parts)):
        end = key.parts[-count:]
        if sum(other.parts[-count:] == end for other in keys) == 1:
            return "/".join(end)
    return str(key)
