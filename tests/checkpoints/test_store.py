"""A checkpoint appears whole or not at all, and comes back bit for bit or not at all."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltrain import __version__
from dltrain.checkpoints import store
from dltrain.checkpoints.folder import delete_after, in_folder, newest_good, prune
from dltrain.checkpoints.store import Checkpoint, DamagedError, load, save
from dltrain.errors import CheckpointError
from dltrain.runs.files import sealed

Make = Callable[..., Checkpoint]
FILES = ["manifest.json", "config.yaml", "dataset.json", "state.json", "arrays.safetensors"]
DAMAGED = (
    "{path} is damaged: {reason}.\nUse another checkpoint of the run, or train again with --fresh."
)


def assert_equal(first: Checkpoint, second: Checkpoint) -> None:
    """Two checkpoints are the same, to the last bit."""
    assert replace(first, arrays={}) == replace(second, arrays={})
    assert sorted(first.arrays) == sorted(second.arrays)
    for key, array in first.arrays.items():
        assert (array.shape, array.dtype) == (second.arrays[key].shape, second.arrays[key].dtype)
        assert array.tobytes() == second.arrays[key].tobytes()


@pytest.fixture
def saved(tmp_path: Path, checkpoint: Make) -> Path:
    """A checkpoint of step 12."""
    return save(tmp_path / "checkpoints", checkpoint(12))


def reseal(path: Path, change: Callable[[dict[str, Any]], object], **files: str) -> None:
    """Change a checkpoint as somebody hostile would: with the right sums."""
    manifest = json.loads((path / "manifest.json").read_text())
    for name, text in files.items():
        file = path / name.replace("_", ".")
        file.write_text(text)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        manifest["files"][file.name] = {"bytes": file.stat().st_size, "sha256": digest}
    del manifest["sha256"]
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(sealed(manifest)))


def test_round_trip(tmp_path: Path, checkpoint: Make) -> None:
    """Every array of whatever dtype, shape and layout, and every figure, comes back bit for bit."""
    path = save(tmp_path / "checkpoints", checkpoint(12))
    assert path == tmp_path / "checkpoints" / "step-00000012"
    assert sorted(file.name for file in path.iterdir()) == sorted(FILES)
    assert_equal(load(path), checkpoint(12))


def test_moved(saved: Path, tmp_path: Path, checkpoint: Make) -> None:
    """It is self-contained: it loads from any place, under any name."""
    assert_equal(load(saved.rename(tmp_path / "mine")), checkpoint(12))


def test_no_absolute_path(saved: Path, tmp_path: Path) -> None:
    """It does not know where it was written."""
    for file in saved.iterdir():
        assert str(tmp_path).encode() not in file.read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_removed(saved: Path, name: str) -> None:
    """A missing file is named."""
    (saved / name).unlink()
    with pytest.raises(CheckpointError) as raised:
        load(saved)
    assert str(raised.value) == DAMAGED.format(path=saved, reason=f"{name} is missing")


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("name", FILES)
def test_truncated(saved: Path, name: str, tenth: int) -> None:
    """A file cut anywhere is named."""
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[: len(content) * tenth // 10])
    with pytest.raises(CheckpointError) as raised:
        load(saved)
    first, *_ = str(raised.value).splitlines()
    assert first.startswith(f"{saved} is damaged: {name} ")


@pytest.mark.parametrize("name", FILES)
def test_flipped_byte(saved: Path, name: str) -> None:
    """A changed byte is noticed wherever it is, and its file is named."""
    content = (saved / name).read_bytes()
    stride = max(1, len(content) // 150)
    for position in range(0, len(content), stride):
        changed = bytearray(content)
        changed[position] ^= 0x01
        (saved / name).write_bytes(changed)
        if name == "manifest.json" and content[position] in b" \n":
            continue  # white space between the keys may become other white space
        with pytest.raises(CheckpointError) as raised:
            load(saved)
        assert str(raised.value).startswith(f"{saved} is damaged: {name} "), position


def test_exchanged(tmp_path: Path, saved: Path, checkpoint: Make) -> None:
    """Files of another checkpoint are noticed."""
    other = save(tmp_path / "other", checkpoint(13))
    (saved / "state.json").write_bytes((other / "state.json").read_bytes())
    with pytest.raises(CheckpointError, match=r"state\.json does not match its sha256 sum"):
        load(saved)


def test_nothing_there(tmp_path: Path) -> None:
    """A directory that is no checkpoint, and none at all, are damaged ones."""
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(CheckpointError) as raised:
            load(path)
        assert str(raised.value) == DAMAGED.format(path=path, reason="manifest.json is missing")


def test_failing_write(tmp_path: Path, checkpoint: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves the earlier checkpoints as they were and nothing half-written."""
    folder = tmp_path / "checkpoints"
    first = save(folder, checkpoint(1))
    write_bytes = store.write_bytes
    for failing in FILES:

        def write(path: Path, content: bytes, failing: str = failing) -> None:
            if path.name == failing:
                raise OSError(28, "No space left on device")
            write_bytes(path, content)

        monkeypatch.setattr(store, "write_bytes", write)
        for step in (1, 2):  # over an earlier one, and beside it
            with pytest.raises(OSError, match="No space left on device"):
                save(folder, checkpoint(step))
            assert list(folder.iterdir()) == [first]
            assert_equal(load(first), checkpoint(1))


def test_failing_rename(tmp_path: Path, checkpoint: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that cannot be put in place leaves the one of the same step there."""
    folder = tmp_path / "checkpoints"
    first, rename = save(folder, checkpoint(1)), Path.rename

    def fail_on_new(path: Path, target: Path) -> Path:
        if path.name == ".partial-step-00000001":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_on_new)
    with pytest.raises(OSError, match="Input/output error"):
        save(folder, checkpoint(1, structure="new"))
    assert list(folder.iterdir()) == [first]
    assert_equal(load(first), checkpoint(1))


def test_replaced(saved: Path, checkpoint: Make) -> None:
    """A second checkpoint of the same step takes the place of the first."""
    save(saved.parent, checkpoint(12, structure="new"))
    assert load(saved).structure == "new"
    assert list(saved.parent.iterdir()) == [saved]


def test_leftovers(tmp_path: Path, checkpoint: Make) -> None:
    """What a killed process left half-written is no checkpoint and is cleared away."""
    folder = tmp_path / "checkpoints"
    (folder / ".partial-step-00000003").mkdir(parents=True)
    (folder / ".partial-step-00000003" / "state.json").write_text("{")
    assert in_folder(folder) == []
    assert newest_good(folder, pytest.fail) is None
    saved = save(folder, checkpoint(4))
    assert list(folder.iterdir()) == [saved]


def test_order(tmp_path: Path, checkpoint: Make) -> None:
    """Checkpoints are listed by their steps."""
    steps = [9, 100, 20, 1]
    paths = {step: save(tmp_path, checkpoint(step)) for step in steps}
    assert in_folder(tmp_path) == [paths[step] for step in sorted(steps)]


def test_newest(tmp_path: Path, checkpoint: Make) -> None:
    """The newest whole checkpoint is taken without a word."""
    for step in (5, 10):
        save(tmp_path, checkpoint(step))
    found = newest_good(tmp_path, pytest.fail)
    assert found is not None
    assert_equal(found, checkpoint(10))


def test_damaged_is_set_aside(tmp_path: Path, checkpoint: Make) -> None:
    """Damaged ones are set aside, each with a notice, until one is whole."""
    paths = [save(tmp_path, checkpoint(step)) for step in (5, 10, 15)]
    for path in paths[1:]:
        (path / "arrays.safetensors").write_bytes(b"")
    size = (paths[0] / "arrays.safetensors").stat().st_size
    notices: list[str] = []
    found = newest_good(tmp_path, notices.append)
    assert found is not None
    assert found.step == 5
    assert notices == [
        f"{path} is damaged: arrays.safetensors has 0 bytes instead of {size}. "
        f"It is set aside as damaged-{path.name}; the one before it is used."
        for path in reversed(paths[1:])
    ]
    names = ["damaged-step-00000010", "damaged-step-00000015", "step-00000005"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == names
    assert newest_good(tmp_path, pytest.fail) is not None


def test_all_damaged(saved: Path) -> None:
    """Where none is whole the notice says so."""
    (saved / "state.json").unlink()
    notices: list[str] = []
    assert newest_good(saved.parent, notices.append) is None
    assert notices == [
        f"{saved} is damaged: state.json is missing. "
        "It is set aside as damaged-step-00000012; there is none before it."
    ]


def test_damaged_twice(saved: Path, checkpoint: Make) -> None:
    """A checkpoint of the same step may be damaged again."""
    for _ in range(2):
        (saved / "state.json").unlink()
        assert newest_good(saved.parent, lambda _: None) is None
        save(saved.parent, checkpoint(12))
    assert newest_good(saved.parent, pytest.fail) is not None


def test_a_replacement_cut_by_a_kill(tmp_path: Path, checkpoint: Make) -> None:
    """A checkpoint that was moved aside for a new one of its step is put back."""
    path = save(tmp_path, checkpoint(3))
    path.rename(tmp_path / f".partial-replaced-{path.name}")
    found = newest_good(tmp_path, pytest.fail)
    assert found is not None
    assert found.step == 3


@pytest.mark.parametrize(
    ("keep", "best", "left"),
    [
        (2, [0, 0, 0, 0, 0], [4, 5]),
        (2, [1, 1, 1, 1, 1], [1, 4, 5]),
        (2, [1, 1, 1, 1, 5], [1, 4, 5]),
        (1, [1, 1, 1, 1, 5], [5]),
        (1, [1, 1, 1, 4, 4], [4, 5]),
        (9, [1, 1, 1, 1, 1], [1, 2, 3, 4, 5]),
    ],
)
def test_prune(
    tmp_path: Path, checkpoint: Make, keep: int, best: list[int], left: list[int]
) -> None:
    """The newest ones stay, and whatever each of them names as the best."""
    for step, named in enumerate(best, start=1):
        state = {"best": {"checkpoint": f"checkpoints/{store.name_of(named)}"} if named else None}
        save(tmp_path, checkpoint(step, state={**state, "planned": True}))
    prune(tmp_path, keep=keep)
    assert in_folder(tmp_path) == [tmp_path / store.name_of(step) for step in left]


@pytest.mark.parametrize(
    ("planned", "left"), [({1, 2, 4}, [2, 4, 5]), ({2, 4, 5}, [4, 5]), (set(), [5]), ({1}, [1, 5])]
)
def test_prune_passing_ones(
    tmp_path: Path, checkpoint: Make, planned: set[int], left: list[int]
) -> None:
    """Of those a clock or a signal has caused only the newest of all stays, beside the planned."""
    for step in range(1, 6):
        state = {"best": None, "planned": step in planned}
        save(tmp_path, checkpoint(step, state=state))
    prune(tmp_path, keep=2)
    assert in_folder(tmp_path) == [tmp_path / store.name_of(step) for step in left]


def test_newest_planned(tmp_path: Path, checkpoint: Make) -> None:
    """Where a roll-back goes does not depend on what a clock or a signal has caused."""
    for step in range(1, 6):
        save(tmp_path, checkpoint(step, state={"best": None, "planned": step in {1, 3}}))
    found = newest_good(tmp_path, pytest.fail, only_planned=True)
    assert found is not None
    assert found.step == 3
    delete_after(tmp_path, 3)
    assert in_folder(tmp_path) == [tmp_path / store.name_of(step) for step in (1, 2, 3)]


def test_other_folders_are_none(tmp_path: Path, checkpoint: Make) -> None:
    """What is not named as a checkpoint is none, and steps of nine digits come last."""
    for step in (123_456_789, 99_999_999):
        save(tmp_path, checkpoint(step))
    for name in ("step-1", "step-0000000x", "step-00000001.bak"):
        (tmp_path / name).mkdir()
    assert [path.name for path in in_folder(tmp_path)] == ["step-99999999", "step-123456789"]


def test_prune_beside_a_damaged_one(tmp_path: Path, checkpoint: Make) -> None:
    """A newest checkpoint that does not name its best stops nobody from saving."""
    for step in range(1, 4):
        save(tmp_path, checkpoint(step))
    (tmp_path / store.name_of(3) / "state.json").write_bytes(b"[")
    prune(tmp_path, keep=1)
    assert in_folder(tmp_path) == [tmp_path / store.name_of(3)]


def test_newer_format(saved: Path) -> None:
    """A checkpoint of a newer dltrain is refused, and not set aside as damaged."""
    reseal(saved, lambda manifest: manifest.update(format=99, dltrain="9.9"))
    with pytest.raises(CheckpointError) as raised:
        newest_good(saved.parent, pytest.fail)
    assert str(raised.value) == (
        f"{saved} has checkpoint format 99, this dltrain {__version__} reads format 3.\n"
        "Use dltrain 9.9, which wrote it."
    )
    assert saved.is_dir()


def test_config_of_another_version(saved: Path) -> None:
    """A config with keys of another version is refused, and not set aside as damaged."""
    text = (saved / "config.yaml").read_text() + "novelty: 1\n"
    reseal(saved, lambda manifest: manifest.update(dltrain="9.9"), config_yaml=text)
    with pytest.raises(CheckpointError) as raised:
        newest_good(saved.parent, pytest.fail)
    assert str(raised.value).startswith(
        f"{saved} was written by dltrain 9.9, and this dltrain {__version__} does not understand "
        f"its config:\n{saved / 'config.yaml'}:"
    )
    assert "novelty" in str(raised.value)
    assert saved.is_dir()


HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "no files": lambda manifest: manifest.pop("files"),
    "a list of files": lambda manifest: manifest.update(files=["../../secret"]),
    "another file": lambda manifest: manifest.update(files={"../secret": {"bytes": 1}}),
    "text as size": lambda manifest: manifest["files"]["state.json"].update(bytes="many"),
    "huge size": lambda manifest: manifest["files"]["state.json"].update(bytes=2**63),
    "no sum": lambda manifest: manifest["files"]["state.json"].pop("sha256"),
    "number as file": lambda manifest: manifest["files"].update({"state.json": 3}),
    "no step": lambda manifest: manifest.pop("step"),
    "text as step": lambda manifest: manifest.update(step="twelve"),
    "endless step": lambda manifest: manifest.update(step=float("inf")),
    "list as environment": lambda manifest: manifest.update(environment=[1]),
    "no structure": lambda manifest: manifest.pop("structure"),
    "no format": lambda manifest: manifest.pop("format"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_hostile_manifest(saved: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """A manifest with the right sum and wrong content is damage, too."""
    reseal(saved, change)
    with pytest.raises(DamagedError):
        load(saved)


@pytest.mark.parametrize("text", ["", "[]", "3", "nul", "[" * 100_000, '{"a": ' * 100_000])
def test_foreign_manifest(saved: Path, text: str) -> None:
    """A manifest that is something else is damage."""
    (saved / "manifest.json").write_text(text)
    with pytest.raises(DamagedError):
        load(saved)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("state_json", "[]"),
        ("state_json", "[" * 100_000),
        ("dataset_json", "{}"),
        ("dataset_json", '{"input_shape": 3}'),
        ("config_yaml", "extends: ../../secret.yaml\n"),
        ("config_yaml", '"\\x65xtends": ../../secret.yaml\n'),
        ("config_yaml", "seed: 0\n"),
        ("config_yaml", "!!python/object/apply:os.system [exit]\n"),
        ("config_yaml", ""),
        ("arrays_safetensors", "\xff" * 8),
        ("arrays_safetensors", "not tensors"),
    ],
)
def test_hostile_file(tmp_path: Path, saved: Path, name: str, text: str) -> None:
    """A file with the right sum and wrong content is an error, and no other file is opened."""
    secret = tmp_path.parent / "secret.yaml"
    secret.write_text("the secret")
    reseal(saved, lambda _: None, **{name: text})
    with pytest.raises(CheckpointError) as raised:
        load(saved)
    assert "the secret" not in str(raised.value)


def test_pickle_inside(saved: Path) -> None:
    """A pickle in the place of the arrays is not opened."""
    import pickle

    (saved / "arrays.safetensors").write_bytes(pickle.dumps(np.zeros(3)))
    with pytest.raises(DamagedError, match=r"arrays\.safetensors has"):
        load(saved)
