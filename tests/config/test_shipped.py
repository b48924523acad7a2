"""The configs that come with dltrain are found, valid and described."""

from pathlib import Path

import pytest

from dltrain.config.load import load_config
from dltrain.config.nodes import ScalarNode
from dltrain.config.shipped import list_shipped, nearest_shipped, read_shipped, shipped_files
from dltrain.config.yaml_nodes import parse_file

FILES = shipped_files()


def test_found() -> None:
    """There are shipped configs, named by their place; a folder's own come before those below it."""
    assert next(iter(FILES)) == "cifar_cnn"
    assert {"mnist_mlp", "tutorials/xor", "tutorials/optimizers/adam"} < set(FILES)
    folders = [name.rpartition("/")[0] for name in FILES]
    assert folders == sorted(folders)
    assert read_shipped("tutorials/xor.yaml") == FILES["tutorials/xor"].read_text(encoding="utf-8")
    assert read_shipped("xor") is None


@pytest.mark.parametrize("name", FILES)
def test_valid(name: str) -> None:
    """A shipped config has no mistake, together with what it extends."""
    assert load_config(FILES[name]).experiment.model.name


@pytest.mark.parametrize(("name", "sentence"), list_shipped())
def test_described(name: str, sentence: str) -> None:
    """A shipped config opens with a sentence that says what it is."""
    assert sentence.endswith((".", "?", "!")), name


@pytest.mark.parametrize("name", FILES)
def test_extends_beside(name: str) -> None:
    """What a shipped config extends lies beside it, so that a copy finds it beside itself."""
    entry = parse_file(str(FILES[name]))[0].entries.get("extends")
    if entry is not None:
        assert isinstance(entry.value, ScalarNode)
        assert Path(str(entry.value.value)).name == entry.value.value


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("mnist_cn", "mnist_cnn"),
        ("xor", "tutorials/xor"),
        ("adagard", "tutorials/optimizers/adagrad"),
    ],
)
def test_nearest(name: str, near: str) -> None:
    """A name is near by the whole of it, or by its last word."""
    assert nearest_shipped(name) == near


def test_nothing_near() -> None:
    """A word like none of them has no nearest config."""
    assert nearest_shipped("qqq") is None
