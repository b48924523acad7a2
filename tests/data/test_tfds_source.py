"""Sets from tensorflow-datasets: found, prepared from files brought by hand, or said what is missing."""

import hashlib
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dltrain.data import mnist, tfds_source
from dltrain.data.location import default_data_dir
from dltrain.errors import DataError

MISSING = """\
the dataset mnist is not prepared in {data_dir}, and {why}.
Bring these files by hand:
  https://storage.googleapis.com/cvdf-datasets/mnist/t10k-images-idx3-ubyte.gz
    1,648,877 bytes, sha256 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6
  https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz
    4,542 bytes, sha256 f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6
  https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz
    9,912,422 bytes, sha256 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609
  https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz
    28,881 bytes, sha256 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c
and type, by whatever name they are
  dltrain data import mnist --data-dir {data_dir} FILE...
or put them, unchanged and by the same name, into
  {data_dir}/downloads/manual
or point --data-dir (or TFDS_DATA_DIR) at a folder that holds mnist/ prepared by tensorflow-datasets.
To try a run without real data, add --synthetic to 'dltrain run'."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Any attempt to use the network fails the test, in whatever thread it happens."""
    attempts: list[Any] = []

    def refuse(*arguments: Any, **_: Any) -> None:
        attempts.append(arguments)
        raise OSError("the network is forbidden here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert attempts == []


@pytest.fixture
def prepared(tmp_path: Path, real_data_dir: Callable[[str], Path]) -> Path:
    """A data directory with a copy of the prepared MNIST."""
    shutil.copytree(real_data_dir("mnist") / "mnist", tmp_path / "mnist")
    return tmp_path


def folder_of(data_dir: Path) -> Path:
    """The folder of the one prepared version."""
    (folder,) = (data_dir / "mnist").iterdir()
    return folder


def test_offline(tmp_path: Path) -> None:
    """Offline and without data the message says what to bring and where to put it."""
    with pytest.raises(DataError) as raised:
        mnist.source_key(tmp_path, offline=True)
    why = "--offline forbids downloading it"
    assert str(raised.value) == MISSING.format(data_dir=tmp_path, why=why)
    assert raised.value.exit_code == 2


def test_unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network the message is the same but for its reason."""
    monkeypatch.setattr(tfds_source, "_answers", lambda _: False)
    with pytest.raises(DataError) as raised:
        mnist.source_key(tmp_path, offline=False)
    why = "its server cannot be reached"
    assert str(raised.value) == MISSING.format(data_dir=tmp_path, why=why)


@pytest.mark.parametrize("offline", [True, False])
def test_a_wrong_file_in_place(tmp_path: Path, offline: bool) -> None:
    """A file by an original's name that is not the original is refused, with a network too."""
    wrong = tmp_path / "downloads" / "manual" / "t10k-labels-idx1-ubyte.gz"
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"half of it")
    with pytest.raises(DataError) as raised:
        mnist.source_key(tmp_path, offline=offline)
    assert str(raised.value) == (
        f"{wrong} is not the original of mnist, which has\n"
        "  4,542 bytes, sha256 "
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6\n"
        "Delete it and run the command again."
    )


def test_some_are_there(tmp_path: Path) -> None:
    """A file in place with the right size and sum is not asked for again; any other one is."""
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    content = b"the original"
    right = hashlib.sha256(content).hexdigest()
    originals = {
        "whole.gz": SimpleNamespace(filename="whole.gz", size=12, checksum=right),
        "short.gz": SimpleNamespace(filename="short.gz", size=13, checksum=right),
        "other.gz": SimpleNamespace(filename="other.gz", size=12, checksum="0" * 64),
        "absent.gz": SimpleNamespace(filename="absent.gz", size=12, checksum=right),
    }
    for name in ("whole.gz", "short.gz", "other.gz"):
        (manual / name).write_bytes(content)
    there = {name for name, facts in originals.items() if tfds_source._is_at(manual, facts)}
    assert there == {"whole.gz"}


def test_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses counts as absent."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(tfds_source.urllib.request, "urlopen", refuse)
    assert not tfds_source._answers("https://example.org/")


def test_hanging(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up or a proxy that hangs counts as absent once the time is over."""
    released = threading.Event()

    def hang(*_: Any, **__: Any) -> nullcontext[None]:
        released.wait(10)
        return nullcontext()

    monkeypatch.setattr(tfds_source, "SECONDS_TO_ANSWER", 0.05)
    monkeypatch.setattr(tfds_source.urllib.request, "urlopen", hang)
    assert not tfds_source._answers("https://example.org/")
    released.set()


def test_seen_without_tensorflow_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prepared set is found by its facts; only where they are not its own is TFDS asked."""

    def ask(*_: Any) -> None:
        raise DataError("asked")

    monkeypatch.setattr(tfds_source, "_builder", ask)
    folder = tmp_path / "mnist" / "3.0.1"
    folder.mkdir(parents=True)
    facts = folder / "dataset_info.json"
    for content in (None, "{junk", "[]", '{"version": "3.0.2"}'):
        if content is not None:
            facts.write_text(content)
        with pytest.raises(DataError, match="asked"):
            mnist.source_key(tmp_path, offline=True)
    facts.write_text('{"version": "3.0.1"}')
    key = mnist.source_key(tmp_path, offline=True)
    assert key.startswith("tfds mnist/3.0.1 dataset_info.json:20 ")


@pytest.mark.real_data
def test_same_key_as_by_tensorflow_datasets(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TFDS gives the set the same name and place, so that its cache entry is the same."""
    key = mnist.source_key(prepared, offline=True)
    monkeypatch.setattr(tfds_source, "_is_prepared", lambda _: False)
    assert mnist.source_key(prepared, offline=True) == key


@pytest.mark.real_data
def test_prepared(prepared: Path) -> None:
    """A prepared set is read without a network; its key is the same until a file changes."""
    key = mnist.source_key(prepared, offline=True)
    assert key == mnist.source_key(prepared, offline=True)
    assert key.startswith("tfds mnist/")
    (folder_of(prepared) / "more.txt").write_text("changed")
    assert mnist.source_key(prepared, offline=True) != key


@pytest.mark.real_data
@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("damage", ["cut", "gone", "junk"])
def test_damaged_records(prepared: Path, damage: str) -> None:
    """Prepared records that cannot be read give the folder to delete, not a traceback."""
    (records,) = folder_of(prepared).glob("mnist-test.tfrecord-*")
    content = records.read_bytes()
    if damage == "gone":
        records.unlink()
    else:
        records.write_bytes(content[: len(content) // 2] if damage == "cut" else b"junk")
    with pytest.raises(DataError) as raised:
        tfds_source.read("mnist", "test", prepared)
    message = str(raised.value)
    assert message.startswith(f"the prepared mnist in {folder_of(prepared)} cannot be read: ")
    assert message.endswith("Delete that folder and run the command again to prepare it anew.")


@pytest.mark.real_data
def test_damaged_facts(prepared: Path) -> None:
    """A damaged dataset_info.json gives the folder to delete, not a traceback."""
    (folder_of(prepared) / "dataset_info.json").write_text("{junk")
    with pytest.raises(DataError) as raised:
        mnist.source_key(prepared, offline=True)
    message = str(raised.value)
    assert message.startswith(f"the prepared mnist in {prepared / 'mnist'} cannot be read: ")
    assert message.endswith("Delete that folder and run the command again to prepare it anew.")


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.usefixtures("tensorflow")
def test_brought_by_hand(tmp_path: Path, real_data_dir: Callable[[str], Path]) -> None:
    """The four archives in downloads/manual are prepared offline into the official examples."""
    archives = real_data_dir("mnist") / "downloads" / "manual"
    if not archives.is_dir():
        pytest.skip("DLTRAIN_TEST_DATA holds no original archives")
    shutil.copytree(archives, tmp_path / "downloads" / "manual")
    mnist.source_key(tmp_path, offline=True)
    stored, official = mnist.decode(tmp_path), mnist.decode(real_data_dir("mnist"))
    for split, examples in official.items():
        np.testing.assert_array_equal(stored[split]["inputs"], examples["inputs"])
        np.testing.assert_array_equal(stored[split]["labels"], examples["labels"])


def test_data_dir(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets lie where TFDS_DATA_DIR says, else where TFDS itself looks."""
    assert default_data_dir() == Path.home() / "tensorflow_datasets"
    monkeypatch.setenv("TFDS_DATA_DIR", "/sets")
    assert default_data_dir() == Path("/sets")
