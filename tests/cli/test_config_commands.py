"""``dltrain config``: what its commands print, write and return."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import dltrain
from dltrain.cli.config import app
from dltrain.config.mistakes import ConfigError
from dltrain.errors import UserError

GOOD = "# Handwritten digits in seconds. More words.\ndata: {name: digits}\nmodel: {name: mlp}\n"
BAD = "data: {name: digits}\nmodel: {name: mlp}\ntrain: {epoch: 3}\nseed: no\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a good and a bad config, and one shipped config."""
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD)
    Path("bad.yaml").write_text(BAD)
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "digits_mlp.yaml").write_text(GOOD)
    monkeypatch.setattr("dltrain.config.shipped.shipped_folder", lambda: shipped)
    return tmp_path


def run(*arguments: str) -> Result:
    """Run ``dltrain config`` with arguments."""
    return CliRunner().invoke(app, arguments)


def test_check_good() -> None:
    """A good file is said to be ok on stdout."""
    result = run("check", "good.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "good.yaml: ok\n", "")


def test_check_several() -> None:
    """All files are checked, and one bad file makes the exit code 2."""
    result = run("check", "good.yaml", "bad.yaml", "absent.yaml")
    assert result.exit_code == 2
    assert result.stdout == "good.yaml: ok\n"
    assert "bad.yaml:3:9: train.epoch: unknown key 'epoch' in 'train'\n" in result.stderr
    assert "2 mistakes in bad.yaml\n" in result.stderr
    assert "absent.yaml: there is no such file\n" in result.stderr


def test_check_set() -> None:
    """--set is checked with the file."""
    result = run("check", "good.yaml", "--set", "train.epochs=0")
    assert result.exit_code == 2
    assert result.stderr.startswith("--set:1:14: train.epochs: expected a whole number")


def test_check_json() -> None:
    """--json prints one list with exactly the keys of the contract, and nothing else."""
    result = run("check", "--json", "bad.yaml", "good.yaml")
    assert (result.exit_code, result.stderr) == (2, "")
    first, second = json.loads(result.stdout)
    assert list(first) == ["file", "line", "column", "path", "message", "suggestion"]
    assert (first["file"], first["line"], first["column"]) == ("bad.yaml", 3, 9)
    assert (first["path"], first["suggestion"]) == ("train.epoch", "epochs")
    assert first["message"].startswith(
        "unknown key 'epoch' in 'train'; allowed: accumulation, checkpoint_every,"
    )
    assert second["path"] == "seed"


def test_check_json_good() -> None:
    """Without mistakes the list is empty."""
    result = run("check", "--json", "good.yaml")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_check_json_of_a_missing_file() -> None:
    """A mistake about a whole file has neither line nor column."""
    (mistake,) = json.loads(run("check", "--json", "god.yaml").stdout)
    assert mistake == {
        "file": "god.yaml",
        "line": None,
        "column": None,
        "path": "",
        "message": "there is no such file",
        "suggestion": "good.yaml",
    }


def test_show() -> None:
    """The resolved config is printed with origins, without control characters."""
    result = run("show", "good.yaml", "--set", "seed=4")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "seed: 4                         # --set"
    assert "\x1b" not in result.stdout


def test_show_json() -> None:
    """With --json show prints one document."""
    document = json.loads(run("show", "good.yaml", "--json").stdout)
    assert document["config"]["model"]["name"] == "mlp"
    assert document["origins"]["model.name"] == "good.yaml:3"


def test_show_bad() -> None:
    """A bad file is an error of the user."""
    result = run("show", "bad.yaml")
    assert isinstance(result.exception, ConfigError)
    assert result.exception.exit_code == 2


def test_schema() -> None:
    """The schema is one JSON document."""
    assert json.loads(run("schema").stdout)["additionalProperties"] is False


def test_list() -> None:
    """Shipped configs are listed with the first sentence of their header."""
    assert run("list").stdout == "digits_mlp  Handwritten digits in seconds.\n"


def test_list_json() -> None:
    """With --json list prints one document."""
    assert json.loads(run("list", "--json").stdout) == [
        {"name": "digits_mlp", "description": "Handwritten digits in seconds."}
    ]


@pytest.mark.parametrize("name", ["digits_mlp", "digits_mlp.yaml"])
def test_copy(name: str) -> None:
    """A shipped config is written under its own name."""
    assert run("copy", name).stdout == "wrote digits_mlp.yaml\nnext: dltrain run digits_mlp.yaml\n"
    assert Path("digits_mlp.yaml").read_text() == GOOD


def test_copy_elsewhere() -> None:
    """A file or a folder may be named for the copy."""
    Path("mine").mkdir()
    assert run("copy", "digits_mlp", "mine").stdout.startswith("wrote mine/digits_mlp.yaml\n")
    assert run("copy", "digits_mlp", "mine/x.yaml").stdout.startswith("wrote mine/x.yaml\n")


def test_copy_does_not_overwrite() -> None:
    """A file that exists is left as it was."""
    result = run("copy", "digits_mlp", "bad.yaml")
    assert isinstance(result.exception, UserError)
    assert str(result.exception) == (
        "bad.yaml exists already and was left as it is; name another file"
    )
    assert Path("bad.yaml").read_text() == BAD


def test_copy_unknown() -> None:
    """An unknown name gets the nearest one, or all of them."""
    near, far = run("copy", "digit_mlp").exception, run("copy", "zebra").exception
    assert str(near) == "there is no shipped config 'digit_mlp'; did you mean 'digits_mlp'?"
    assert str(far) == "there is no shipped config 'zebra'; there are: digits_mlp"


@pytest.mark.parametrize("command", ["check", "show", "schema", "list", "copy"])
def test_help(command: str) -> None:
    """Every command explains itself."""
    assert run(command, "--help").exit_code == 0


IMPORTS = """
import sys
from dltrain.cli.config import app
light = {"pydantic", "yaml", "dltrain.config.schema"} & set(sys.modules)
assert not light, f"imported for --help: {light}"
try:
    app(["check", "bad.yaml"])
except SystemExit as exit:
    assert exit.code == 2, exit.code
heavy = {"tensorflow", "keras", "numpy", "sklearn"} & set(sys.modules)
assert not heavy, f"imported: {heavy}"
"""


def test_imports() -> None:
    """A check imports neither TensorFlow nor NumPy, and --help not even the config tree."""
    result = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(dltrain.__file__).parents[1])},
        check=False,
    )
    assert (result.returncode, result.stderr.count("mistakes in bad.yaml")) == (0, 1), result.stderr
