"""Help is instant and complete: nothing heavy is imported for it, nothing is left unexplained."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.main

from dltrain.cli.app import app

HEAVY = {"tensorflow", "keras", "numpy", "sklearn", "tensorflow_datasets"}
NOT_FOR_HELP = {*HEAVY, "matplotlib", "yaml", "filelock", "dltrain.config", "dltrain.training"}
"""Not pydantic: typer itself imports it to read options."""
IMPORTED_BY = """
import sys
sys.argv = ["dltrain", *sys.argv[1:]]
from dltrain.cli.app import main
try:
    main()
except SystemExit as end:
    print("exit", end.code or 0)
print("imported", *sorted(sys.modules))
"""
WRONG = "model: {name: cnn, filtrs: [8]}\ndata: {name: digits}\n"


def commands() -> dict[str, Any]:
    """Every command by what a person types, the program itself and its groups too."""
    found: dict[str, Any] = {"": typer.main.get_command(app)}
    waiting = [""]
    while waiting:
        words = waiting.pop()
        for name, command in getattr(found[words], "commands", {}).items():
            found[f"{words} {name}".strip()] = command
            waiting.append(f"{words} {name}".strip())
    return found


COMMANDS = commands()


def run_and_list_imports(environment: dict[str, str], *arguments: str) -> tuple[str, set[str]]:
    """What the command said in a fresh interpreter, and the modules it imported."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_BY, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    said, _, modules = done.stdout.rpartition("imported")
    return said + done.stderr, set(modules.split())


def test_the_commands() -> None:
    """The commands other programs rely on are there."""
    assert {"", "run", "eval", "compare", "verify", "config", "config check"} <= set(COMMANDS)
    assert "--expect" in [name for parameter in COMMANDS["run"].params for name in parameter.opts]


@pytest.mark.parametrize("words", COMMANDS)
def test_help(words: str, child_environment: dict[str, str]) -> None:
    """It names every option, and imports neither a heavy package nor the config classes."""
    said, modules = run_and_list_imports(
        child_environment | {"COLUMNS": "200"}, *words.split(), "--help"
    )
    assert "exit 0" in said
    assert not modules & NOT_FOR_HELP
    for parameter in COMMANDS[words].params:
        names = [name for name in parameter.opts if name.startswith("--")]
        assert all(name in said for name in names)


@pytest.mark.parametrize("words", COMMANDS)
def test_everything_is_explained(words: str) -> None:
    """Every command and every option says in words what it is for."""
    command = COMMANDS[words]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{words} {parameter.name}"


@pytest.mark.parametrize(("text", "exit_code"), [("", 0), (WRONG, 2)], ids=["good", "wrong"])
def test_checking_a_config_is_light(
    tmp_path: Path, small_config: str, child_environment: dict[str, str], text: str, exit_code: int
) -> None:
    """`config check` imports neither TensorFlow nor NumPy, whatever it finds."""
    (tmp_path / "c.yaml").write_text(text or small_config)
    said, modules = run_and_list_imports(
        child_environment, "config", "check", str(tmp_path / "c.yaml")
    )
    assert f"exit {exit_code}" in said
    assert not modules & HEAVY


def test_comparing_runs_is_light(
    tmp_path: Path, write_run: Callable[..., Path], child_environment: dict[str, str]
) -> None:
    """`compare` imports neither TensorFlow nor NumPy, nor matplotlib unless it draws."""
    write_run(tmp_path / "a", "seed: 0\n", [(1.0, 1.0)])
    said, modules = run_and_list_imports(child_environment, "compare", str(tmp_path))
    assert "exit 0" in said
    assert not modules & {*HEAVY, "matplotlib"}


def test_verifying_quickly_is_light(finished: Path, child_environment: dict[str, str]) -> None:
    """`verify --quick` reads every file of a run without TensorFlow."""
    said, modules = run_and_list_imports(child_environment, "verify", str(finished), "--quick")
    assert "exit 0" in said
    assert not modules & {"tensorflow", "keras", "sklearn", "tensorflow_datasets"}
