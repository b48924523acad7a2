"""A checkpoint that somebody has prepared opens nothing beside itself and deletes nothing else."""

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dltrain.checkpoints import store
from dltrain.checkpoints.find import find_checkpoint
from dltrain.checkpoints.folder import delete_after, in_folder, newest_good, prune
from dltrain.checkpoints.store import Checkpoint, DamagedError
from dltrain.errors import CheckpointError
from dltrain.runs.files import delete_tree, sealed


@pytest.fixture
def folder(tmp_path: Path, checkpoint: Callable[..., Checkpoint]) -> Path:
    """Two checkpoints in a run, and something precious outside of it."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").write_text("mine")
    folder = tmp_path / "run" / "checkpoints"
    folder.parent.mkdir()
    for step in (1, 2):
        store.save(folder, checkpoint(step))
    return folder


def reseal(path: Path, **changes: Any) -> None:
    """Change a manifest and make its sums right again."""
    manifest = json.loads((path / "manifest.json").read_text())
    del manifest["sha256"]
    for name in store.CONTENT:
        data = (path / name).read_bytes()
        facts = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        manifest["files"][name] = facts
    manifest = {**manifest, **changes}
    (path / "manifest.json").write_text(json.dumps(sealed(manifest)))


def whole(folder: Path) -> bool:
    """Whether what is precious is untouched."""
    return (folder.parents[1] / "precious" / "thesis.tex").read_text() == "mine"


def test_names_in_the_manifest(folder: Path) -> None:
    """Other files that a manifest names, up, absolute or hidden, are neither read nor written."""
    path = folder / "step-00000002"
    manifest = json.loads((path / "manifest.json").read_text())
    foreign = {name: {"bytes": 4, "sha256": ""} for name in ("../../../precious", "/dev/zero", "")}
    reseal(path, files={**manifest["files"], **foreign})
    assert store.load(path).step == 2
    assert whole(folder)


@pytest.mark.parametrize("name", [*store.CONTENT, store.MANIFEST])
def test_what_no_file_is(folder: Path, name: str) -> None:
    """A pipe, a device, a folder or a link to nothing in place of a file is damage, told at once."""
    path = folder / "step-00000002"
    for plant in (
        os.mkfifo,
        Path.mkdir,
        lambda file: file.symlink_to("/dev/zero"),
        lambda file: file.symlink_to(file),
    ):
        delete_tree(path / name)
        plant(path / name)
        with pytest.raises(DamagedError):
            store.load(path)


def test_a_pickle(folder: Path) -> None:
    """A pickle where the arrays should be is damage and is not opened."""

    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return pytest.fail, ("a pickle was executed",)

    path = folder / "step-00000002"
    (path / "arrays.safetensors").write_bytes(pickle.dumps(Trap()))
    reseal(path)
    with pytest.raises(DamagedError):
        store.load(path)


def test_links_among_checkpoints(folder: Path) -> None:
    """A link by a checkpoint's name is none: what it points to is not set aside or deleted."""
    for name in ("step-00000000", "step-00000009"):
        (folder / name).symlink_to("../../precious")
    (folder / ".partial-step-00000003").symlink_to("../../precious")
    assert [path.name for path in in_folder(folder)] == ["step-00000001", "step-00000002"]
    found = newest_good(folder, pytest.fail)
    assert found is not None
    assert found.step == 2
    prune(folder, keep=1)
    delete_after(folder, 0)
    assert in_folder(folder) == []
    assert whole(folder)


def test_save_over_links(folder: Path, checkpoint: Callable[..., Checkpoint]) -> None:
    """A checkpoint is written where a link was planted; the link goes, not what it points to."""
    for name in ("step-00000003", ".partial-step-00000003", ".partial-replaced-step-00000003"):
        (folder / name).symlink_to("../../precious")
    for _ in range(2):
        assert store.load(store.save(folder, checkpoint(3))).step == 3
    assert whole(folder)
    assert not any(path.is_symlink() for path in folder.iterdir())


@pytest.mark.parametrize("name", ["..", "/etc", "checkpoints/..", "checkpoints/\0", "", 3, None])
def test_best_elsewhere(folder: Path, name: object) -> None:
    """The best that a state names lies among the run's checkpoints."""
    path = folder / "step-00000002"
    state = json.loads((path / "state.json").read_text())
    (path / "state.json").write_text(json.dumps({**state, "best": {"checkpoint": name}}))
    reseal(path)
    with pytest.raises(CheckpointError, match=r"step-00000002 is damaged"):
        find_checkpoint(folder.parent)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("dataset.json", {"name": 3}, "dataset.json: name"),
        ("dataset.json", {"input_shape": [-1]}, "dataset.json: a size is negative"),
        ("dataset.json", {"class_names": [1]}, "dataset.json: class_names"),
        ("dataset.json", {"__class__": "x"}, "dataset.json: unknown facts __class__"),
        ("state.json", {"validation": [1]}, "state.json: validation"),
        ("manifest.json", {"environment": {}}, "manifest.json: packages"),
        ("manifest.json", {"step": "12"}, "manifest.json: step"),
        ("manifest.json", {"structure": 1}, "manifest.json: structure"),
    ],
    ids=str,
)
def test_other_types(folder: Path, name: str, content: dict[str, Any], said: str) -> None:
    """Facts of another type are damage even where every sum is right."""
    path = folder / "step-00000002"
    if name == "manifest.json":
        reseal(path, **content)
    else:
        before = json.loads((path / name).read_text())
        (path / name).write_text(json.dumps({**before, **content}))
        reseal(path)
    with pytest.raises(DamagedError) as raised:
        store.load(path)
    assert f"step-00000002 is damaged: {said}" in str(raised.value)
