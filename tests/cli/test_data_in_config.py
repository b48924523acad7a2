"""``dltrain data`` about sets whose examples a config makes or holds."""

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dltrain.cli.data import app
from dltrain.config.load import load_text
from dltrain.errors import UserError


def run(*arguments: str) -> Result:
    """Run ``dltrain data`` with arguments."""
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("name", ["random", "arrays"])
def test_in_config(name: str) -> None:
    """A set without facts is described with what to write, which is right; nothing prepares it."""
    said = run("show", name).stdout
    document = json.loads(run("show", name, "--json").stdout)
    assert said.startswith(f"{name}: {document['description']}\n")
    assert f"write      {document['example']}\n" in said
    loaded = load_text(f"{document['example']}\nmodel: {{name: mlp}}", "x.yaml")
    assert loaded.experiment.data.name == name
    assert [key["name"] for key in document["config_keys"] if key["required"]] == {
        "random": [],
        "arrays": ["x", "y"],
    }[name]
    for words in (["prepare", name], ["import", name, "file"]):
        error = run(*words).exception
        assert isinstance(error, UserError)
        assert f"nothing to prepare or import; see 'dltrain data show {name}'" in str(error)
