"""Run directories are found below folders, and called by the shortest name that is clear."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dltrain.errors import UserError
from dltrain.runs.find import find_runs, short_names


@pytest.fixture
def runs(tmp_path: Path, write_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three runs, one set aside, one hidden, and one that has not begun."""
    monkeypatch.chdir(tmp_path)
    for name in ("b/22222222", "a/11111111", "c", "c.old-1", ".hidden/d"):
        write_run(Path("runs") / name, "seed: 0\n", [])
    Path("runs/e").mkdir()
    Path("runs/e/manifest.json").write_text("{}")
    return tmp_path


@pytest.mark.usefixtures("runs")
def test_below_a_folder() -> None:
    """Every run below a folder is found, in the order of their paths, as the person typed it."""
    found = [str(run.path) for run in find_runs([Path("runs")])]
    assert found == ["runs/a/11111111", "runs/b/22222222", "runs/c"]


@pytest.mark.usefixtures("runs")
def test_order_and_repetition() -> None:
    """What is named first comes first, and nothing comes twice."""
    found = find_runs([Path("runs/c"), Path("runs/c.old-1"), Path("runs"), Path("runs/a")])
    assert [run.path.name for run in found] == ["c", "c.old-1", "11111111", "22222222"]


@pytest.mark.parametrize(
    ("path", "message"),
    [("nowhere", "does not exist"), ("runs/e", "no run directory"), ("file", "is a file")],
)
def test_no_run(runs: Path, path: str, message: str) -> None:
    """A path without a run is the user's mistake."""
    (runs / "file").touch()
    with pytest.raises(UserError, match=message):
        find_runs([Path(path)])


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["runs/cnn/0123abcd"], ["cnn"]),
        (["runs/cnn/0123abcd", "runs/mlp/0123abcd", "mine"], ["cnn", "mlp", "mine"]),
        (["runs/cnn/0123abcd", "runs/cnn/ffffffff"], ["0123abcd", "ffffffff"]),
        (
            ["runs/cnn/0123abcd", "runs/cnn/ffffffff", "runs/mlp/ffffffff"],
            ["cnn/0123abcd", "cnn/ffffffff", "mlp"],
        ),
        (["a/cnn/0123abcd", "b/cnn/ffffffff"], ["a/cnn", "b/cnn"]),
        (["x/seed-0", "x/seed-1"], ["seed-0", "seed-1"]),
        (["x/seed-0", "y/seed-0", "y/seed-1"], ["x/seed-0", "y/seed-0", "seed-1"]),
    ],
)
def test_short_names(paths: list[str], names: list[str]) -> None:
    """A name is the end of the path, without its digest where that says nothing."""
    assert short_names([Path(path) for path in paths]) == names
