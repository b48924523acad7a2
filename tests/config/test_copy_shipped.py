"""A shipped config is copied together with what it extends, and nothing is overwritten."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dltrain.cli.config import app
from dltrain.config.copy_shipped import copy_shipped
from dltrain.config.load import load_config
from dltrain.errors import UserError

BASE = "# The model.\ndata: {name: digits}\nmodel: {name: mlp}\n"
TEXTS = {
    "digits_mlp.yaml": BASE,
    "tutorials/xor.yaml": BASE,
    "tutorials/optimizers/model.yaml": BASE,
    "tutorials/optimizers/middle.yaml": "# Adam.\nextends: model.yaml\noptimizer: {name: adam}\n",
    "tutorials/optimizers/fast.yaml": "# Fast.\nextends: middle.yaml\nseed: 3\n",
}


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configs in folders, of which one extends another that extends a third."""
    folder = tmp_path / "shipped"
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr("dltrain.config.shipped.shipped_folder", lambda: folder)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


def test_by_folder() -> None:
    """The list has a block of lines for each folder, with the names that copy takes."""
    assert CliRunner().invoke(app, ["list"]).stdout == (
        "digits_mlp  The model.\n"
        "\n"
        "tutorials/xor  The model.\n"
        "\n"
        "tutorials/optimizers/fast    Fast.\n"
        "tutorials/optimizers/middle  Adam.\n"
        "tutorials/optimizers/model   The model.\n"
    )


def test_without_its_folder() -> None:
    """A config of a folder is written here under its last word."""
    assert CliRunner().invoke(app, ["copy", "tutorials/xor"]).stdout == (
        "wrote xor.yaml\nnext: dltrain run xor.yaml\n"
    )
    assert Path("xor.yaml").read_text() == BASE


def test_with_what_it_extends() -> None:
    """Every file of the chain is written beside the copy and named, and the copy loads."""
    Path("mine").mkdir()
    said = CliRunner().invoke(app, ["copy", "tutorials/optimizers/fast", "mine/my fast.yaml"])
    assert said.stdout == (
        "wrote mine/my fast.yaml\n"
        "with  mine/middle.yaml, which it extends\n"
        "with  mine/model.yaml, which it extends\n"
        "next: dltrain run 'mine/my fast.yaml'\n"
    )
    experiment = load_config("mine/my fast.yaml").experiment
    assert (experiment.seed, experiment.optimizer.name, experiment.model.name) == (3, "adam", "mlp")


def test_a_shared_base() -> None:
    """A second config that extends the same file takes the one that is there."""
    copy_shipped("tutorials/optimizers/middle")
    assert copy_shipped("tutorials/optimizers/fast") == [
        Path("fast.yaml"),
        Path("middle.yaml"),
        Path("model.yaml"),
    ]


def test_a_changed_base() -> None:
    """What somebody has changed is left as it is, and then nothing is written at all."""
    Path("model.yaml").write_text("mine")
    with pytest.raises(UserError, match=r"model\.yaml, which fast\.yaml extends, exists already"):
        copy_shipped("tutorials/optimizers/fast")
    assert Path("model.yaml").read_text() == "mine"
    assert [path.name for path in Path().iterdir()] == ["model.yaml"]


def test_under_the_name_of_its_base() -> None:
    """A copy cannot take the name of the file it extends."""
    with pytest.raises(UserError, match=r"extends another model\.yaml; name another"):
        copy_shipped("tutorials/optimizers/middle", Path("model.yaml"))
    assert not Path("model.yaml").exists()
