"""``dltrain launch``: what it refuses, what it hands to its workers, what it prints for hosts."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from dltrain.cli.launch import launch
from dltrain.cli.run import compose, default_run_dir
from dltrain.config.mistakes import ConfigError
from dltrain.errors import RunError, UserError


@pytest.fixture
def config(tmp_path: Path, small_config: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    path = Path("my config.yaml")
    path.write_text(small_config)
    return path


@pytest.fixture
def teams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_run: Callable[..., Path]
) -> list[list[str]]:
    """The commands of the teams that were started; each leaves a finished run, as far as it goes."""
    commands: list[list[str]] = []

    def supervise(team: Any, run: Any, output: Any, *, restarts: int) -> int:
        assert team.size == 2
        assert not output.is_terminal
        assert restarts == 3
        commands.append(team.command)
        if "--verbose" in team.command:
            return 143
        written = write_run(tmp_path / f"{len(commands)}", "seed: 0\n", [(1.0, 0.5)])
        (written / "summary.json").rename(run.summary)
        return 0

    monkeypatch.setattr("dltrain.cli.supervise.supervise", supervise)
    return commands


def test_what_a_worker_is_told(config: Path, teams: list[list[str]]) -> None:
    """Everything but what the launcher does itself, and the run directory the options mean."""
    overrides = ["train.epochs=3", "seed=5"]
    launch(config, workers=2, restarts=3, overrides=overrides, offline=True, fresh=True)
    experiment = compose(config, overrides, seed=None, smoke=False, synthetic=False)
    run_dir = default_run_dir(config, experiment)
    words = ["run", "my config.yaml", "--set", "train.epochs=3", "--set", "seed=5"]
    words += ["--run-dir", str(run_dir), "--offline"]
    assert teams == [[sys.executable, "-m", "dltrain", *words]]


def test_expectations(config: Path, teams: list[list[str]]) -> None:
    """They are the launcher's to check, on the summary its workers left."""
    launch(config, workers=2, restarts=3, expect=["test.loss<=0.5"])
    with pytest.raises(RunError, match=r"test\.loss"):
        launch(config, workers=2, restarts=3, seed=1, expect=["test.loss<0.5"])
    assert len(teams) == 2
    assert not any("--expect" in word for command in teams for word in command)


def test_the_exit_code(config: Path, teams: list[list[str]]) -> None:
    """It is that of the team."""
    with pytest.raises(typer.Exit) as end:
        launch(config, workers=2, restarts=3, verbose=True)
    assert (end.value.exit_code, len(teams)) == (143, 1)


def test_a_finished_run(
    finished: Path, teams: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said and shown, and nothing is started."""
    launch(finished.parent / "my config.yaml", workers=2, run_dir=finished)
    said = capsys.readouterr()
    assert said.err == "this run is finished; --fresh trains it anew\n"
    assert said.out.startswith("finished 2 epochs")
    assert teams == []


def test_a_run_that_is_over(copied_run: Path, small_config: str, teams: list[list[str]]) -> None:
    """A diverged run is not gone on with."""
    (copied_run.parent / "c.yaml").write_text(small_config)
    file = copied_run / "summary.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"status": "diverged"}))
    with pytest.raises(RunError, match="This run is over"):
        launch(copied_run.parent / "c.yaml", workers=2, run_dir=copied_run)
    assert teams == []


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({}, UserError, "one of --workers and --hosts"),
        ({"workers": 2, "hosts": "a,b"}, UserError, "one of --workers and --hosts"),
        ({"hosts": "a,a"}, UserError, "stands there twice"),
        ({"hosts": "a,b,c"}, ConfigError, "cannot be shared by 3"),
        ({"workers": 3}, ConfigError, "cannot be shared by 3"),
        ({"workers": 2, "overrides": ["train.epoch=1"]}, ConfigError, "did you mean 'epochs'"),
        ({"workers": 2, "expect": ["accuracy"]}, UserError, "accuracy"),
    ],
)
def test_mistakes(
    config: Path,
    teams: list[list[str]],
    options: dict[str, Any],
    kind: type[UserError],
    message: str,
) -> None:
    """They end it before anything is started or written."""
    with pytest.raises(kind, match=message):
        launch(config, **options)
    assert teams == []
    assert not Path("runs").exists()


def test_hosts(config: Path, teams: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    """There is one command per host that a shell reads as it was meant; nothing is started."""
    launch(config, hosts="a,[fe80::1]:99", seed=2, smoke=True, expect=["test.loss<1"])
    said = capsys.readouterr().out
    commands = [shlex.split(line) for line in said.splitlines() if line.startswith("dltrain run")]
    same = ["dltrain", "run", "my config.yaml", "--seed", "2", "--smoke", "--expect", "test.loss<1"]
    same += ["--workers", "a:2222,[fe80::1]:99", "--worker"]
    assert commands == [[*same, "0"], [*same, "1"]]
    assert "# on a\n" in said
    assert "# on [fe80::1]\n" in said
    assert teams == []
