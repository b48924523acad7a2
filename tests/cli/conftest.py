"""The real command in a process of its own, and one small finished run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import dltrain
from dltrain.cli.verify import verify

SMALL = """\
model:
  name: cnn
  filters: [8]
  dropout: 0.2
data:
  name: digits
  limit: 100
  batch_size: 32
  validation: 100
  evaluation_limit: 60
optimizer:
  learning_rate: 1e-2
train:
  epochs: 2
  ema: 0.9
  precision: float32
"""


def environment() -> dict[str, str]:
    """The environment of a child that finds this very dltrain from any directory."""
    return {**os.environ, "PYTHONPATH": str(Path(dltrain.__file__).parents[1])}


@pytest.fixture
def child_environment() -> dict[str, str]:
    """The environment for a child that a test starts itself."""
    return environment()


@pytest.fixture(scope="session")
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """``command("run", ..., cwd=...)`` runs dltrain through pipes and returns what it said."""

    def run(*arguments: Any, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dltrain", *map(str, arguments)],
            cwd=cwd,
            env=environment() | variables,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture(scope="session")
def start() -> Callable[..., subprocess.Popen[str]]:
    """``start("run", ..., cwd=...)`` starts dltrain and gives its process; stderr is a pipe."""

    def popen(*arguments: Any, cwd: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "dltrain", *map(str, arguments)],
            cwd=cwd,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    return popen


@pytest.fixture(scope="session")
def small_config() -> str:
    """The text of a config that trains in a second."""
    return SMALL


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a space in its name that holds ``my config.yaml``."""
    folder = tmp_path_factory.mktemp("a place")
    (folder / "my config.yaml").write_text(SMALL)
    return folder


@pytest.fixture(scope="session")
def finished_process(
    place: Path, command: Callable[..., Any], decode_cache: Path
) -> subprocess.CompletedProcess[str]:
    """What the command said that trained ``my run`` in `place`."""
    arguments = ("run", place / "my config.yaml", f"--run-dir={place / 'my run'}")
    return command(*arguments, cwd=place, DLTRAIN_CACHE_DIR=str(decode_cache))


@pytest.fixture(scope="session")
def finished(place: Path, finished_process: subprocess.CompletedProcess[str]) -> Path:
    """The directory of a finished run; tests must not change it."""
    assert finished_process.returncode == 0, finished_process.stderr
    return place / "my run"


@pytest.fixture
def copied_run(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished run, to be damaged."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture
def found(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """``found(run)`` verifies the files of a run, and more with ``quick=False``.

    It gives the document, with name and message of every check that found something as
    ``bad``; the exit code agrees with it.
    """

    def document(run: Path, **options: Any) -> dict[str, Any]:
        exit_code = 0
        try:
            verify(run, as_json=True, **{"quick": True, **options})
        except typer.Exit as leave:
            exit_code = leave.exit_code
        content = json.loads(capsys.readouterr().out)
        bad = {each["name"]: each["message"] for each in content["checks"] if each["ok"] is False}
        assert content["ok"] is not bool(bad)
        assert exit_code == bool(bad)
        return {**content, "bad": bad}

    return document
