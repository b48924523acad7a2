"""What there is of a dataset, seen from its folders alone."""

import json
from pathlib import Path

import pytest

from dltrain.data.catalog import look
from dltrain.data.sources import SOURCES
from dltrain.errors import UserError


def put_prepared(data_dir: Path, name: str, **shards: list[str]) -> Path:
    """Write the facts of a prepared set; returns their file."""
    folder = data_dir / SOURCES[name].folder
    folder.mkdir(parents=True)
    splits = [{"name": split, "shardLengths": lengths} for split, lengths in shards.items()]
    (folder / "dataset_info.json").write_text(json.dumps({"splits": splits}))
    return folder / "dataset_info.json"


def test_missing(tmp_path: Path) -> None:
    """In a directory that does not exist a set is missing, with all of its originals to come."""
    entry = look("cifar10", tmp_path / "nowhere", check_sums=True)
    assert (entry.state, entry.prepared, entry.in_place) == ("missing", None, (False,))
    assert entry.missing_bytes == 170_052_171


def test_embedded(tmp_path: Path) -> None:
    """A set in a wheel has no folder and nothing to come."""
    for name in ("diabetes", "xor"):
        entry = look(name, tmp_path, check_sums=True)
        assert (entry.state, entry.folder, entry.missing_bytes) == ("embedded", None, 0)


def test_prepared(tmp_path: Path) -> None:
    """Examples are counted over the shards of the splits that dltrain uses."""
    put_prepared(tmp_path, "imdb", train=["20000", "5000"], test=["25000"], unsupervised=["1"])
    entry = look("imdb", tmp_path, check_sums=False)
    assert entry.state == "prepared"
    assert entry.prepared == {"train": 25_000, "test": 25_000}
    assert (entry.incomplete, entry.missing_bytes) == ([], 0)
    assert entry.as_json()["is_complete"] is True


def test_incomplete(tmp_path: Path) -> None:
    """A split that is short or absent is named with both counts."""
    put_prepared(tmp_path, "speech_commands", train=["85511"], test=["10"])
    entry = look("speech_commands", tmp_path, check_sums=False)
    assert entry.incomplete == ["0 of 10,102 validation", "10 of 4,890 test"]
    assert entry.as_json()["is_complete"] is False


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", "{}", '{"splits": [{"name": "test"}]}', '{"splits": [null]}']
)
def test_damaged(tmp_path: Path, content: str) -> None:
    """Facts that cannot be read are damage, not a traceback and not a prepared set."""
    put_prepared(tmp_path, "mnist").write_text(content)
    entry = look("mnist", tmp_path, check_sums=False)
    assert (entry.state, entry.prepared) == ("damaged", None)


def test_a_folder_in_the_place_of_facts(tmp_path: Path) -> None:
    """Something that cannot be read is damage of one set, and the others are still listed."""
    (tmp_path / "mnist" / "3.0.1" / "dataset_info.json").mkdir(parents=True)
    assert look("mnist", tmp_path, check_sums=False).state == "damaged"
    assert look("digits", tmp_path, check_sums=False).state == "embedded"


def test_another_version(tmp_path: Path) -> None:
    """A version that tensorflow-datasets would not read does not count as prepared."""
    file = put_prepared(tmp_path, "mnist", train=["60000"], test=["10000"])
    file.parent.rename(file.parent.with_name("2.0.0"))
    assert look("mnist", tmp_path, check_sums=False).state == "missing"


def test_unknown(tmp_path: Path) -> None:
    """An unknown name gets the nearest one, or all of them."""
    with pytest.raises(UserError, match=r"^there is no dataset 'cifar'; did you mean 'cifar10'\?$"):
        look("cifar", tmp_path, check_sums=False)
    with pytest.raises(UserError, match="'zebra'; there are: digits, mnist, cifar10, imdb, "):
        look("zebra", tmp_path, check_sums=False)
