"""The static facts about originals are those that tensorflow-datasets itself goes by."""

import socket
from pathlib import Path
from typing import Any

import pytest

from dltrain.data.sources import SOURCES
from dltrain.dataset_info import DATASET_INFO

DOWNLOADED = [name for name, source in SOURCES.items() if not source.is_embedded]


def test_names() -> None:
    """Every set a config can name has a source, with terms of use and whom to cite."""
    assert list(SOURCES) == list(DATASET_INFO)
    assert all(source.licence and source.citation for source in SOURCES.values())
    assert [name for name in SOURCES if name not in DOWNLOADED] == [
        "digits",
        "breast_cancer",
        "diabetes",
        "xor",
    ]


@pytest.mark.parametrize("name", DOWNLOADED)
def test_originals(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folder, URLs, sizes and sums agree with those of tensorflow-datasets, without a network."""
    import tensorflow_datasets as tfds

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network is forbidden here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    source = SOURCES[name]
    builder = tfds.builder(source.tfds_name, data_dir=tmp_path)
    assert Path(builder.data_dir) == tmp_path / source.folder
    assert source.version == str(builder.version)
    assert {
        original.url: (original.name, original.size, original.sha256)
        for original in source.originals
    } == {
        url: (facts.filename, facts.size, facts.checksum)
        for url, facts in builder.url_infos.items()
    }
