"""The damaged file of a prepared set is named, whatever became of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from dltrain.data import tfds_source
from dltrain.data.tfds_damage import damage_of
from dltrain.errors import DataError

NAMES = ("small-test.tfrecord-00000-of-00002", "small-test.tfrecord-00001-of-00002")
RECORDS = 5


@pytest.fixture
def builder(tmp_path: Path) -> Any:
    """What damage is looked for in: a set of two files of five records."""
    files = [tmp_path / name for name in NAMES]
    for file in files:
        with tf.io.TFRecordWriter(str(file)) as writer:
            for number in range(RECORDS):
                writer.write(bytes([number]) * 10)
    split = SimpleNamespace(filepaths=files, shard_lengths=[RECORDS, RECORDS])
    return SimpleNamespace(info=SimpleNamespace(splits={"test": split}), data_dir=tmp_path)


@pytest.mark.usefixtures("tensorflow")
def test_named(builder: Any, tmp_path: Path) -> None:
    """A file that is cut, changed, short, too long or gone is named with what is wrong."""
    assert damage_of(builder, "test") is None
    file = tmp_path / NAMES[1]
    whole = file.read_bytes()
    record = len(whole) // RECORDS
    flipped = bytearray(whole)
    flipped[record + 14] ^= 1
    for content, problem in (
        (whole[: record // 2], "is damaged: "),
        (whole[:-1], "is damaged: truncated record at 104"),
        (bytes(flipped), "is damaged: corrupted record at "),
        (b"junk", "has 0 of its 5 examples"),
        (whole[: 2 * record], "has 2 of its 5 examples"),
        (b"", "has 0 of its 5 examples"),
        (whole + whole, "has 10 of its 5 examples"),
    ):
        file.write_bytes(content)
        found = damage_of(builder, "test")
        assert found is not None
        assert found.startswith(f"{NAMES[1]} {problem}")
        assert "{{" not in found
    file.unlink()
    assert damage_of(builder, "test") == f"{NAMES[1]} is missing"
    assert damage_of(builder, "train") == "dataset_info.json has no train split"


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("read", ["read", "examples_of"])
def test_message(builder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: str) -> None:
    """Reading says which file it is, in which folder, and what to do; exit code 2."""

    def as_dataset(**_: Any) -> Any:
        records = tf.data.TFRecordDataset([str(tmp_path / name) for name in NAMES])
        return records.batch(2 * RECORDS).get_single_element() if read == "read" else records

    builder.as_dataset = as_dataset
    monkeypatch.setattr(tfds_source, "_builder", lambda *_: builder)
    (tmp_path / NAMES[0]).write_bytes((tmp_path / NAMES[0]).read_bytes()[:-3])
    with pytest.raises(DataError) as raised:
        list(getattr(tfds_source, read)("small", "test", tmp_path))
    start = f"the prepared small in {tmp_path} cannot be read: {NAMES[0]} is damaged: truncated"
    assert str(raised.value).startswith(start)
    last = "Delete that folder and run the command again to prepare it anew."
    assert str(raised.value).splitlines()[-1] == last
    assert raised.value.exit_code == 2
