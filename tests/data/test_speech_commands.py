"""The recordings of speech_commands, all one second long."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dltrain.data import speech_commands, tfds_source
from dltrain.data.decode_cache import load_or_decode
from dltrain.data.rows import in_memory
from dltrain.dataset_info import DATASET_INFO
from dltrain.errors import DataError


def test_one_second(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Short recordings end in zeros, long ones are cut, whole ones are as they were."""
    recordings = [np.arange(1, length + 1, dtype=np.int16) for length in (3, 16_000, 16_002, 0)]

    def examples(*_: Any) -> Iterator[dict[str, Any]]:
        for label, recording in enumerate(recordings):
            yield {"audio": recording, "label": np.int64(label)}

    monkeypatch.setattr(tfds_source, "examples_of", examples)
    monkeypatch.setattr(tfds_source, "count_of", lambda *_: len(recordings))
    stored = in_memory(speech_commands.decode(tmp_path))
    assert list(stored) == ["train", "validation", "test"]
    waveforms, labels = stored["test"]["waveforms"], stored["test"]["labels"]
    assert (waveforms.shape, waveforms.dtype) == ((4, 16_000), np.int16)
    np.testing.assert_array_equal(waveforms[0, :5], [1, 2, 3, 0, 0])
    assert not waveforms[0, 3:].any()
    np.testing.assert_array_equal(waveforms[1], recordings[1])
    np.testing.assert_array_equal(waveforms[2], recordings[2][:16_000])
    assert not waveforms[3].any()
    assert (labels.tolist(), labels.dtype) == ([0, 1, 2, 3], np.int32)


def test_without_pydub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What reads the recordings is asked for before gigabytes are downloaded."""
    monkeypatch.setitem(sys.modules, "pydub", None)  # as if it were not installed
    builder = SimpleNamespace(
        name="speech_commands",
        url_infos={},
        download_and_prepare=lambda **_: pytest.fail("downloaded"),
    )
    with pytest.raises(DataError) as raised:
        tfds_source._prepare(builder, tmp_path, offline=True)
    message = str(raised.value)
    assert message.startswith("speech_commands cannot be prepared: the package pydub, which reads ")
    assert message.endswith("\nInstall it with: pip install 'dltrain[speech]'")


@pytest.mark.real_data
def test_real(real_data_dir: Callable[[str], Path]) -> None:
    """Its classes stand in the order of our names, and each split has all that TFDS counted."""
    import tensorflow_datasets as tfds

    data_dir = real_data_dir("speech_commands")
    builder = tfds.builder("speech_commands", data_dir=data_dir)
    info = DATASET_INFO["speech_commands"]
    assert tuple(builder.info.features["label"].names) == info.class_names
    key = speech_commands.source_key(data_dir, offline=True)
    assert key.startswith("tfds speech_commands/")
    decoded = load_or_decode("speech_commands", key, lambda: speech_commands.decode(data_dir))
    stored = decoded.stored
    counts = {split: builder.info.splits[split].num_examples for split in stored}
    assert {split: len(columns["labels"]) for split, columns in stored.items()} == counts
    for columns in stored.values():
        assert columns["waveforms"].shape == (len(columns["labels"]), info.waveform_samples)
        assert sorted(Counter(columns["labels"].tolist())) == list(range(info.num_classes))
        assert (columns["waveforms"] != 0).any(axis=1).mean() > 0.99


@pytest.mark.real_data
def test_damaged(real_data_dir: Callable[[str], Path], tmp_path: Path) -> None:
    """Records that break off give the folder to delete, not a traceback."""
    real = next((real_data_dir("speech_commands") / "speech_commands").iterdir())
    folder = tmp_path / "speech_commands" / real.name
    folder.mkdir(parents=True)
    for file in real.iterdir():
        is_cut = file.name.startswith("speech_commands-test")
        (folder / file.name).write_bytes(file.read_bytes()[:100_000] if is_cut else b"")
        if not file.name.startswith("speech_commands-"):
            (folder / file.name).write_bytes(file.read_bytes())
    with pytest.raises(DataError, match="cannot be read") as raised:
        list(tfds_source.examples_of("speech_commands", "test", tmp_path))
    assert str(folder) in str(raised.value)
