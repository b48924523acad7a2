"""Which run a command means, and who may use its directory."""

import json
import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dltrain.config.load import load_text
from dltrain.config.save import digest
from dltrain.config.schema import ExperimentConfig
from dltrain.errors import UserError
from dltrain.runs.run_dir import (
    RunDir,
    begin,
    default_path,
    discard_if_not_begun,
    occupy,
    refuse_another_config,
    set_aside_run,
)

HOLD = """
import sys, time
from pathlib import Path
from dltrain.runs.run_dir import occupy
with occupy(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def experiment(*changes: str) -> ExperimentConfig:
    """A small config with changes."""
    return load_text("data: {name: digits}\nmodel: {name: mlp}\n", "x.yaml", changes).experiment


@pytest.fixture
def hold() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """A function that lets another process hold a run directory."""
    processes = []

    def start(path: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def begun(tmp_path: Path) -> RunDir:
    """A run that has begun."""
    with occupy(tmp_path / "run") as run:
        begin(run, experiment(), {"created": "today"})
    return run


def test_names_stay_inside() -> None:
    """Everything a run writes lies in its directory, under the names other programs rely on."""
    run, names = RunDir(Path("r")), {}
    for name in (
        *("config", "manifest", "metrics", "events", "checkpoints", "model", "vocabulary"),
        "summary",
    ):
        names[name] = str(getattr(run, name))
    assert names == {
        "config": "r/config.yaml",
        "manifest": "r/manifest.json",
        "metrics": "r/metrics.jsonl",
        "events": "r/events.jsonl",
        "checkpoints": "r/checkpoints",
        "model": "r/model.keras",
        "vocabulary": "r/vocabulary.txt",
        "summary": "r/summary.json",
    }


def test_default_path() -> None:
    """A run lives in runs/<config stem>/<digest of the composed config>."""
    assert default_path(Path("some/where/digits_mlp.yaml"), experiment()) == Path(
        f"runs/digits_mlp/{digest(experiment())}"
    )


def test_digest() -> None:
    """The digest is the same for the same values, however they came about, and differs otherwise."""
    assert digest(experiment("seed=0")) == digest(experiment())
    changes = ["seed=1", "train.epochs=11", "data.synthetic=true", "train.jit=false"]
    digests = {digest(experiment(change)) for change in changes} | {digest(experiment())}
    assert len(digests) == len(changes) + 1
    assert all(len(text) == 8 and int(text, 16) >= 0 for text in digests)


def test_in_use(tmp_path: Path, hold: Callable[[Path], subprocess.Popen[str]]) -> None:
    """A directory another process uses is refused with exit code 2, and the process named."""
    path = tmp_path / "run"
    owner = hold(path)
    with pytest.raises(UserError) as raised, occupy(path):
        pytest.fail("two processes in one run directory")
    first, who, last = str(raised.value).splitlines()
    assert first == f"{path} is in use by another dltrain process."
    since = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
    place = f"{owner.pid} on {re.escape(platform.node())}"
    assert re.fullmatch(rf"It is process {place}, since {since}: dltrain run", who)
    assert last == "Wait for it, stop it, or choose another directory with --run-dir."
    assert raised.value.exit_code == 2


def test_killed_owner(tmp_path: Path, hold: Callable[[Path], subprocess.Popen[str]]) -> None:
    """A lock is gone with its owner, also after SIGKILL; what that leaves there is no obstacle."""
    owner = hold(tmp_path)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    left = json.loads((tmp_path / ".owner.json").read_text())
    assert left["pid"] == owner.pid
    with occupy(tmp_path) as run:
        assert json.loads((run.path / ".owner.json").read_text())["pid"] == os.getpid()
    assert not (tmp_path / ".owner.json").exists()


def test_released(tmp_path: Path) -> None:
    """The lock is given back at the end and after a failure."""
    with pytest.raises(ZeroDivisionError), occupy(tmp_path):
        raise ZeroDivisionError
    for _ in range(2):
        with occupy(tmp_path):
            pass


def test_a_file(tmp_path: Path) -> None:
    """A file is no run directory."""
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(UserError) as raised, occupy(path):
        pass
    assert str(raised.value) == (
        f"cannot use {path} as a run directory: File exists.\n"
        "Choose a writable directory with --run-dir."
    )


def test_set_aside(begun: RunDir) -> None:
    """An earlier run gets the first free number and keeps all it holds."""
    path = begun.path
    (path / "checkpoints").mkdir()
    assert set_aside_run(path) == path.with_name("run.old-1")
    assert not (path.with_name("run.old-1") / ".owner.json").exists()
    assert not path.exists()
    assert (path.with_name("run.old-1") / "checkpoints").is_dir()
    with occupy(path) as run:
        begin(run, experiment(), {})
    assert set_aside_run(path) == path.with_name("run.old-2")


def test_set_aside_and_begun_anew(begun: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes the old name at once keeps its owner's name, and its lock, when the other's ends."""
    rename, others = Path.rename, ExitStack()

    def rename_and_begin_anew(path: Path, target: Path) -> Path:
        moved = rename(path, target)
        monkeypatch.undo()
        others.enter_context(occupy(path))
        return moved

    monkeypatch.setattr(Path, "rename", rename_and_begin_anew)
    with others:
        assert set_aside_run(begun.path) == begun.path.with_name("run.old-1")
        assert (begun.path / ".owner.json").exists()
        with pytest.raises(UserError, match="It is process"), occupy(begun.path):
            pytest.fail("two in one run directory")
    with occupy(begun.path.with_name("run.old-1")):
        pass


def test_nothing_to_set_aside(tmp_path: Path) -> None:
    """A directory without a run stays where it is."""
    assert set_aside_run(tmp_path / "new") is None
    assert not (tmp_path / "new").exists()
    (tmp_path / "notes.txt").write_text("mine")
    assert set_aside_run(tmp_path) is None
    assert (tmp_path / "notes.txt").exists()


def test_set_aside_here(begun: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is not pulled away from under the working directory."""
    (begun.path / "checkpoints").mkdir()
    for folder, path in ((begun.path, Path()), (begun.path / "checkpoints", Path(".."))):
        monkeypatch.chdir(folder)
        with pytest.raises(UserError) as raised:
            set_aside_run(path)
        assert str(raised.value) == (
            f"{path} cannot be set aside from inside of it.\n"
            "Change to another directory and run the command from there."
        )


def test_set_aside_in_use(begun: RunDir, hold: Callable[[Path], subprocess.Popen[str]]) -> None:
    """A run in use is not set aside."""
    hold(begun.path)
    with pytest.raises(UserError, match="is in use by another dltrain process"):
        set_aside_run(begun.path)
    assert begun.manifest.exists()


def test_same_config(begun: RunDir) -> None:
    """The run of this very config may go on."""
    refuse_another_config(begun, experiment())


def test_another_config(begun: RunDir) -> None:
    """The run of another config is refused with every difference."""
    other = experiment("seed=3", "model.name=cnn", "model.filters=[8]", "optimizer.clip_norm=1.5")
    with pytest.raises(UserError) as raised:
        refuse_another_config(begun, other)
    assert str(raised.value) == (
        f"{begun.path} holds a run of another config:\n"
        "  seed: 0 there, 3 now\n"
        "  model.name: mlp there, cnn now\n"
        "  model.hidden_units: [256, 128] there, [] now\n"
        "  model.norm: none there, batch now\n"
        "  model.pooling: average there, nothing now\n"
        "  optimizer.clip_norm: nothing there, 1.5 now\n"
        "  model.filters: nothing there, [8] now\n"
        "  model.convolutions_per_stage: nothing there, 1 now\n"
        "  model.kernel_size: nothing there, 3 now\n"
        "  model.padding: nothing there, same now\n"
        "  model.pool_size: nothing there, 2 now\n"
        "  model.pool_after: nothing there, last now\n"
        "  and 6 more\n"
        "Choose another --run-dir, or set that run aside with --fresh."
    )


def test_many_differences(begun: RunDir) -> None:
    """Of many differences the first twelve are shown, and how many more there are."""
    changes = [
        *("seed=3", "model.name=cnn", "train.epochs=3", "train.validate_every=2"),
        *("train.monitor=loss", "train.jit=false", "train.ema=0.5"),
    ]
    with pytest.raises(UserError) as raised:
        refuse_another_config(begun, experiment(*changes))
    lines = str(raised.value).splitlines()
    assert len(lines) == 15
    assert lines[13] == "  and 10 more"


@pytest.mark.parametrize("facts", [{}, {"experiment": 3}, {"experiment": {"seed": 0}}], ids=str)
def test_foreign_manifest(begun: RunDir, facts: dict[str, Any]) -> None:
    """A manifest without a config that is understood is refused."""
    begun.manifest.write_text(json.dumps(facts))
    with pytest.raises(UserError) as raised:
        refuse_another_config(begun, experiment())
    assert str(raised.value) == (
        f"{begun.manifest} does not hold a config this version of dltrain understands.\n"
        "Choose another --run-dir, or set that run aside with --fresh."
    )


@pytest.mark.parametrize("name", ["manifest", "summary"])
@pytest.mark.parametrize(
    "content", ['{"torn', "", "[]", "3", "[" * 100_000], ids=lambda text: text[:5]
)
def test_damaged_json(begun: RunDir, name: str, content: str) -> None:
    """A damaged manifest or summary is named."""
    path: Path = getattr(begun, name)
    path.write_text(content)
    with pytest.raises(UserError) as raised:
        getattr(begun, f"read_{name}")()
    assert str(raised.value).startswith(f"{path} is damaged: ")


def test_not_a_run(tmp_path: Path) -> None:
    """A directory that holds something else is not used."""
    for name in ("thesis.tex", "data"):
        (tmp_path / name).mkdir()
    with pytest.raises(UserError) as raised, occupy(tmp_path) as run:
        refuse_another_config(run, experiment())
    assert str(raised.value) == (
        f"{tmp_path} is not a run directory: it holds data, thesis.tex.\n"
        "Choose an empty or a new directory with --run-dir."
    )
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data", "thesis.tex"]


def test_killed_before_it_began(tmp_path: Path) -> None:
    """What a run leaves before its manifest is written is no obstacle to the next start."""
    for name in (
        "tensorflow.log",
        "events.jsonl",
        ".manifest.json.partial",
        ".config.yaml.partial",
    ):
        (tmp_path / name).write_text("")
    with occupy(tmp_path) as run:
        refuse_another_config(run, experiment())
        assert run.read_manifest() is None
        assert run.read_summary() is None


def test_moved(begun: RunDir, tmp_path: Path) -> None:
    """A run goes on where it has been moved to."""
    moved = begun.path.rename(tmp_path / "elsewhere")
    with occupy(moved) as run:
        refuse_another_config(run, experiment())
    assert str(tmp_path) not in (moved / "manifest.json").read_text()


def test_discard_leaves_nothing_of_ours(tmp_path: Path) -> None:
    """A run that never began leaves no directory."""
    with occupy(tmp_path / "run") as run:
        run.tensorflow_log.write_text("chatter")
        discard_if_not_begun(run)
    assert not (tmp_path / "run").exists()


def test_discard_keeps_what_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that only look like ours stay, and so does the working directory itself."""
    monkeypatch.chdir(tmp_path)
    with occupy(Path()) as run:
        (tmp_path / "movie.partial.mp4").write_text("theirs")
        discard_if_not_begun(run)
    assert [entry.name for entry in tmp_path.iterdir()] == ["movie.partial.mp4"]


def test_summary_without_a_status(tmp_path: Path) -> None:
    """A summary that says nothing is damage, told in one message."""
    (tmp_path / "summary.json").write_text("{}")
    with pytest.raises(UserError, match=r"summary.json is damaged: status: Field required"):
        RunDir(tmp_path).read_summary()
