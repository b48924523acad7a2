"""``dltrain data``: what its commands print, write and return."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dltrain.cli.data import app
from dltrain.cli.screen_data import size
from dltrain.data.decode_cache import Decoded
from dltrain.data.sources import SOURCES, Original
from dltrain.dataset_info import DATASET_INFO
from dltrain.errors import DataError, UserError

CONTENT = b"one small original"
MISSING_MNIST = "mnist            image 28x28x1       10  60,000           -  10,000  missing, {size} to download\n"


@pytest.fixture(autouse=True)
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory everything looks in, empty at first."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "sets"))
    return tmp_path / "sets"


@pytest.fixture
def small_original(monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST has one original of a few bytes."""
    original = Original(
        "https://example.org/small.gz", len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
    )
    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], originals=(original,)))


def put_prepared(sets: Path, train: int, test: int) -> None:
    """Write the facts of a prepared MNIST."""
    folder = sets / SOURCES["mnist"].folder
    folder.mkdir(parents=True)
    splits = [
        {"name": "train", "shardLengths": [str(train)]},
        {"name": "test", "shardLengths": [str(test)]},
    ]
    (folder / "dataset_info.json").write_text(json.dumps({"splits": splits}))


def run(*arguments: str) -> Result:
    """Run ``dltrain data`` with arguments."""
    return CliRunner().invoke(app, arguments)


def test_list_of_nothing(sets: Path) -> None:
    """Every set has one plain line, and what is missing has the size of its download."""
    result = run("list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    lines = result.stdout.splitlines(keepends=True)
    assert [line.split()[0] for line in lines[1:9]] == list(DATASET_INFO)
    assert MISSING_MNIST.format(size="11.6 MB") in lines
    assert sum("comes with scikit-learn" in line for line in lines) == 3
    assert (
        "xor              2 numbers            2       4           -       -  comes with dltrain\n"
        in lines
    )
    assert (
        "also       random and arrays: examples made from the config, or written in it\n" in lines
    )
    assert lines[-2:] == [f"looked in  {sets}\n", "next       dltrain data show NAME\n"]


def test_list_elsewhere(tmp_path: Path) -> None:
    """--data-dir is looked in, and is part of the next command, quoted."""
    place = tmp_path / "a place"
    put_prepared(place, 60_000, 10_000)
    said = run("list", "--data-dir", str(place)).stdout
    assert "  60,000           -  10,000  prepared\n" in said
    assert f"next       dltrain data show NAME --data-dir '{place}'\n" in said


def test_list_json(sets: Path) -> None:
    """--json prints one list, one object per set, and nothing else."""
    put_prepared(sets, 60_000, 9)
    result = run("list", "--json")
    assert result.stderr == ""
    entries = {entry["name"]: entry for entry in json.loads(result.stdout)}
    assert list(entries) == list(DATASET_INFO)
    mnist = entries["mnist"]
    assert (mnist["state"], mnist["is_complete"]) == ("prepared", False)
    assert mnist["prepared"] == {"train": 60_000, "test": 9}
    assert mnist["official"] == {"train": 60_000, "test": 10_000}
    assert mnist["folder"] == str(sets / "mnist" / "3.0.1")
    assert entries["cifar10"]["missing_bytes"] == 170_052_171
    assert entries["digits"]["state"] == "embedded"


@pytest.mark.parametrize("words", [["list"], ["show", "speech_commands"]])
def test_light(words: list[str], child_environment: dict[str, str]) -> None:
    """Neither TensorFlow nor NumPy is imported to see what there is."""
    program = (
        "import sys\nsys.argv = ['dltrain', 'data', *sys.argv[1:]]\n"
        "from dltrain.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'tensorflow', 'keras', 'numpy', 'sklearn', 'tensorflow_datasets'}\n"
        "print('heavy', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        check=True,
        capture_output=True,
        text=True,
        env=child_environment | {"TFDS_DATA_DIR": os.devnull},
        timeout=60,
    )
    assert "speech_commands" in done.stdout
    assert done.stdout.endswith("heavy []\n")


def test_show_missing(sets: Path) -> None:
    """It says what the set is, its terms, each original, the keys, and both ways to get it."""
    said = run("show", "cifar10").stdout
    assert said.startswith("cifar10: 60,000 colour photographs of 32x32 pixels in ten classes")
    assert "example    image of 32 x 32 x 3 (height, width, channels), uint8\n" in said
    assert "classes    airplane, automobile, bird," in said
    assert "official   50,000 train, 10,000 test\n" in said
    assert "here       missing, 170.1 MB to download\n" in said
    assert "cite       Krizhevsky (2009), " in said
    original = SOURCES["cifar10"].originals[0]
    assert (
        f"           {sets / 'downloads' / 'manual'}\n"
        f"  {original.url}\n"
        "    170,052,171 bytes, not in place, sha256\n"
        f"    {original.sha256}\n"
    ) in said
    assert "  test: official          Test on the official 10,000 images, or " in said
    assert said.endswith(
        "next       dltrain data prepare cifar10\nby hand    dltrain data import cifar10 FILE...\n"
    )


def test_show_incomplete(sets: Path) -> None:
    """Counts that are not the official ones are said to be so."""
    put_prepared(sets, 60_000, 9)
    said = run("show", "mnist").stdout
    assert "here       prepared, but not complete: 60,000 train, 9 test\n" in said
    assert "only 9 of 10,000 test examples: figures are not comparable" in said
    assert f"folder     {sets / 'mnist' / '3.0.1'}\n" in said


def test_show_damaged(sets: Path) -> None:
    """A prepared set that cannot be read is to be deleted before it is prepared anew."""
    put_prepared(sets, 1, 1)
    folder = sets / "mnist" / "3.0.1"
    (folder / "dataset_info.json").write_text("{")
    said = run("show", "mnist").stdout
    assert said.endswith(f"first      delete {folder}\nnext       dltrain data prepare mnist\n")


@pytest.mark.parametrize("name", DATASET_INFO)
def test_show(name: str) -> None:
    """Every set can be described, to people and as one JSON document."""
    said = run("show", name)
    assert said.exit_code == 0
    assert f"licence    {SOURCES[name].licence}\n" in said.stdout
    document = json.loads(run("show", name, "--json").stdout)
    assert document["description"] in said.stdout
    assert [original["sha256"] for original in document["originals"]] == [
        original.sha256 for original in SOURCES[name].originals
    ]
    keys = {key["name"]: key for key in document["config_keys"]}
    assert keys["batch_size"]["default"] == 128
    assert "name" not in keys


def test_unknown() -> None:
    """An unknown name is an error of the user with the nearest spelling, in every command."""
    for words in (["show", "cifar"], ["prepare", "cifar"], ["import", "cifar", "file"]):
        error = run(*words).exception
        assert isinstance(error, UserError)
        assert str(error) == "there is no dataset 'cifar'; did you mean 'cifar10'?"
    assert "did you mean 'arrays'?" in str(run("show", "arays").exception)


@pytest.mark.usefixtures("small_original")
def test_import(sets: Path, tmp_path: Path) -> None:
    """A renamed original is put in place, then list, show and the next command know it."""
    file = tmp_path / "small (1).gz"
    file.write_bytes(CONTENT)
    assert MISSING_MNIST.format(size="18 bytes") in run("list").stdout
    done = run("import", "mnist", str(file))
    assert done.exit_code == 0
    assert done.stdout == (f"imported   small.gz ({file})\nnext       dltrain data prepare mnist\n")
    assert done.stderr == (
        f"reading {file} (18 bytes)\n"
        f"copying {file} to {sets / 'downloads' / 'manual' / 'small.gz'}\n"
    )
    assert "originals here, to be prepared\n" in run("list").stdout
    assert "    18 bytes, in place, sha256\n" in run("show", "mnist").stdout
    assert run("import", "mnist", str(file)).stdout.startswith("was there  small.gz")


def test_import_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is still missing is named with its URL."""
    sums = [hashlib.sha256(content).hexdigest() for content in (b"one", b"two")]
    originals = tuple(Original(f"https://example.org/{sum_[:3]}.gz", 3, sum_) for sum_ in sums)
    monkeypatch.setitem(SOURCES, "imdb", replace(SOURCES["imdb"], originals=originals))
    (tmp_path / "two").write_bytes(b"two")
    assert run("import", "imdb", str(tmp_path / "two")).stdout.endswith(
        f"missing    {originals[0].url}\nnext       dltrain data import imdb FILE...\n"
    )


@pytest.mark.usefixtures("small_original")
def test_import_a_wrong_file(tmp_path: Path) -> None:
    """It is an error of the user, and nothing is said on standard output."""
    (tmp_path / "wrong").write_bytes(CONTENT[1:])
    result = run("import", "mnist", str(tmp_path / "wrong"))
    assert isinstance(result.exception, DataError)
    assert (result.exception.exit_code, result.stdout) == (2, "")


def test_prepare_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A set in a wheel needs nothing, and TensorFlow is not even loaded."""
    monkeypatch.setattr("dltrain.cli.data._prepare", lambda *_, **__: pytest.fail("prepared"))
    result = run("prepare", "digits")
    assert (result.exit_code, result.stderr) == (0, "")
    first, last = result.stdout.splitlines()
    assert first == "digits comes with scikit-learn: there is nothing to prepare"
    assert last.startswith("next       dltrain config copy digits_")
    assert run("prepare", "xor").stdout.startswith("xor comes with dltrain: there is nothing to ")


def test_prepare(sets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps and their times are told on standard error, the result on standard output."""
    from dltrain.data import make_ready

    def prepare(name: str, data_dir: Path, *, offline: bool, show_bar: bool) -> bool:
        assert (name, data_dir, offline, show_bar) == ("mnist", sets, True, False)
        put_prepared(sets, 60_000, 10_000)
        return True

    monkeypatch.setattr(make_ready, "prepare", prepare)
    monkeypatch.setattr(make_ready, "decode", lambda *_: Decoded({}, ""))
    first = run("prepare", "mnist", "--offline", "--verbose")
    assert first.exit_code == 0
    assert f"preparing mnist in {sets} (11.6 MB to download) ...\ndone in " in first.stderr
    lines = first.stdout.splitlines()
    assert lines[:3] == [
        "mnist is prepared: 60,000 train, 10,000 test examples",
        "it is decoded, too: the first run starts at once",
        f"folder     {sets / 'mnist' / '3.0.1'}",
    ]
    monkeypatch.setattr(make_ready, "prepare", lambda *_, **__: pytest.fail("prepared again"))
    monkeypatch.setattr(make_ready, "decode", lambda *_: Decoded({}, "", "it is not cached"))
    again = run("prepare", "mnist", "--verbose")
    assert again.stdout.startswith("mnist is prepared already: 60,000 train,")
    assert "note: it is not cached\n" in again.stderr
    assert "the first run starts at once" not in again.stdout


@pytest.mark.real_data
def test_real_sets(real_data_dir: Callable[[str], Path]) -> None:
    """What is really prepared is told by its own counts."""
    data_dir = str(real_data_dir("mnist"))
    said = run("show", "mnist", "--data-dir", data_dir).stdout
    assert "here       prepared: 60,000 train, 10,000 test\n" in said
    said = run("show", "cifar10", "--data-dir", str(real_data_dir("cifar10"))).stdout
    document = json.loads(
        (real_data_dir("cifar10") / SOURCES["cifar10"].folder / "dataset_info.json").read_text()
    )
    (test,) = (split for split in document["splits"] if split["name"] == "test")
    tests = sum(map(int, test["shardLengths"]))
    assert f"50,000 train, {tests:,} test\n" in said
    assert (f"only {tests:,} of 10,000 test examples" in said) == (tests != 10_000)


@pytest.mark.real_data
@pytest.mark.usefixtures("tensorflow")
def test_prepare_real(real_data_dir: Callable[[str], Path], decode_cache: Path) -> None:
    """A prepared set is decoded into the cache, offline, and said to be prepared already."""
    arguments = ("--offline", "--verbose", "--data-dir", str(real_data_dir("mnist")))
    done = run("prepare", "mnist", *arguments)
    assert done.exit_code == 0
    assert done.stdout.startswith("mnist is prepared already: 60,000 train, 10,000 test examples\n")
    assert list((decode_cache / "mnist").glob("*/train-inputs.npy"))


@pytest.mark.parametrize(
    ("num_bytes", "said"),
    [
        (4_542, "4,542 bytes"),
        (28_881, "28.9 kB"),
        (11_594_722, "11.6 MB"),
        (2_541_486_466, "2.54 GB"),
    ],
)
def test_sizes(num_bytes: int, said: str) -> None:
    """Sizes have the unit in which they are short."""
    assert size(num_bytes) == said
