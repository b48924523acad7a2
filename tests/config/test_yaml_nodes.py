"""What YAML may and may not do on its way into a config."""

import random

import pytest

from dltrain.config.load import load_text
from dltrain.config.mistakes import ConfigError
from dltrain.config.nodes import plain
from dltrain.config.yaml_nodes import parse_text

TEXT = """\
data: {name: digits, batch_size: 64}
model:
  name: cnn
  filters: [8, 16]
  dropout: 0.1
train: {epochs: 3, early_stopping: {patience: 2}}
seed: 3
"""
PIECES = ["!!str ", "!x ", "&a ", "*a ", "<<: *a", "\t", "- ", "? ", ": ", "[", "]", "{", "}", "'"]
PIECES += ['"', "|\n", "010", "1:30", ".nan", "~", "yes", "\n", "\n  ", "#", "%", "@", "---\n"]
PIECES += ["...\n", "\u2028", "\x85", "\u624b", "\u202e", ",", "extends: ", "1e999", "\r", "\x00"]


def values(text: str) -> object:
    """Return what a text holds, which must be without mistakes."""
    node, mistakes = parse_text(text, "x.yaml")
    assert mistakes == []
    return plain(node)


def mistakes_in(text: str) -> str:
    """Return what is said about a text, nothing if it is a config."""
    try:
        load_text(text, "x.yaml")
    except ConfigError as error:
        return str(error)
    return ""


def test_plain_and_quoted() -> None:
    """Quotes, blocks and !!str make text of what would be a number."""
    text = "a: 1\nb: '1'\nc: \"1\"\nd: |\n  1\ne: !!str 1\nf: yes\n"
    assert values(text) == {"a": 1, "b": "1", "c": "1", "d": "1\n", "e": "1", "f": "yes"}


def test_core_tags() -> None:
    """The tags of the core schema follow its rules."""
    text = "a: !!int '3'\nb: !!float 3\nc: !!bool true\nd: !!null ~\ne: !!seq [1]\nf: !!map {}\n"
    expected = {"a": 3, "b": 3.0, "c": True, "d": None, "e": (1,), "f": {}}
    assert values(text) == expected


def test_core_tag_of_another_type() -> None:
    """A core tag does not turn one type into another."""
    _, mistakes = parse_text("a: !!int abc\n", "x.yaml")
    assert [mistake.message for mistake in mistakes] == ["'abc' is no !!int"]


def test_aliases() -> None:
    """A few aliases are fine, and stand for their anchor's value."""
    assert values("a: &x [1, 2]\nb: *x\n") == {"a": (1, 2), "b": (1, 2)}


def test_places() -> None:
    """Lines and columns count from one, also those of nested values."""
    node, _ = parse_text("a: {b: \u624b, c: 1}\n", "x.yaml")
    loaded = load_text(TEXT, "x.yaml")
    assert str(node.entries["a"].key_place) == "x.yaml:1:1"
    assert str(loaded.origins["model.filters"]) == "x.yaml:4:12"
    assert str(loaded.origins["train.early_stopping.patience"]) == "x.yaml:6:47"


def test_long_line() -> None:
    """A long line is cut to the part around the mark."""
    with pytest.raises(ConfigError) as raised:
        load_text(f"data: {{name: digits}} {'#' * 200}\nx: '{'-' * 200}' \n", "x.yaml")
    assert max(map(len, str(raised.value).splitlines())) < 120


@pytest.mark.parametrize("seed", range(10))
def test_any_text(seed: int) -> None:
    """Whatever a file holds, it is a config or has mistakes, all printable."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(40):
        text = TEXT
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(len(text) + 1)
            end = start + chance.choice([0, 0, 1, 5])
            text = text[:start] + chance.choice(PIECES) + text[end:]
        report = mistakes_in(text)
        assert all(char.isprintable() for char in report.replace("\n", ""))
