"""Files that are whole at any moment, and the lines of metrics."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from dltrain.runs import files
from dltrain.runs.files import replace_bytes, replace_json
from dltrain.runs.metrics_file import MetricsFile


def test_replace(tmp_path: Path) -> None:
    """The new content is there, and nothing beside it."""
    path = tmp_path / "file"
    for content in (b"old", b"new and longer", b""):
        replace_bytes(path, content)
        assert path.read_bytes() == content
        assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("moment", ["fsync", "replace", "write"])
def test_failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Whatever fails on the way, the old content stays whole."""
    path = tmp_path / "file"
    replace_bytes(path, b"old")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if moment == "fsync":
            patch.setattr(os, "fsync", fail)
        elif moment == "replace":
            patch.setattr(Path, "replace", fail)
        else:
            patch.setattr(files, "write_bytes", fail)
        with pytest.raises(OSError, match="No space"):
            replace_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    replace_bytes(path, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_replace_json(tmp_path: Path) -> None:
    """A JSON document is written for people to read, ended by a line break."""
    replace_json(tmp_path / "file", {"a": [1, 0.1]})
    assert (tmp_path / "file").read_text() == '{\n  "a": [\n    1,\n    0.1\n  ]\n}\n'


def test_append(tmp_path: Path) -> None:
    """One line per call, each a JSON object whose numbers come back bit for bit."""
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    assert (metrics.length, metrics.read()) == (0, [])
    lines = [{"epoch": 1, "loss": 0.1 + 0.2}, {"epoch": 2, "loss": 1e-300, "name": "Zürich\n"}]
    for line in lines:
        metrics.append(line)
    content = metrics.path.read_bytes()
    assert metrics.length == len(content)
    assert [json.loads(line) for line in content.splitlines()] == lines == metrics.read()
    assert content.count(b"\n") == 2


def test_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line is in the file at once, for a kill; what waits for the disk is `sync` alone."""
    waited: list[int | str] = []

    def fsync(file: int) -> None:
        facts = os.fstat(file)
        waited.append("its folder" if stat.S_ISDIR(facts.st_mode) else facts.st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    metrics.sync()
    metrics.append({"epoch": 1})
    metrics.append({"epoch": 2})
    assert (len(metrics.read()), waited) == (2, [])
    metrics.sync()
    assert waited == [metrics.length, "its folder"]


def test_cut_back(tmp_path: Path) -> None:
    """What was written after a checkpoint is dropped, and the next line follows on."""
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    metrics.append({"epoch": 1})
    length = metrics.length
    metrics.append({"epoch": 2})
    metrics.cut_back(length)
    assert metrics.read() == [{"epoch": 1}]
    metrics.append({"epoch": 2, "again": True})
    assert metrics.read() == [{"epoch": 1}, {"epoch": 2, "again": True}]
    metrics.cut_back(metrics.length)
    metrics.cut_back(10_000)
    assert len(metrics.read()) == 2
    metrics.cut_back(0)
    assert metrics.path.read_bytes() == b""


def test_cut_back_nothing(tmp_path: Path) -> None:
    """A file that is not there needs no cutting."""
    MetricsFile(tmp_path / "metrics.jsonl").cut_back(0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", [b'{"epo', b'{"epoch": 2}', b"\xc3"])
def test_torn_line(tmp_path: Path, torn: bytes) -> None:
    """A last line without its line break was not finished and does not count."""
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    metrics.append({"epoch": 1})
    length = metrics.length
    with metrics.path.open("ab") as file:
        file.write(torn)
    assert metrics.read() == [{"epoch": 1}]
    metrics.cut_back(length)
    assert metrics.path.read_bytes() == b'{"epoch": 1}\n'
