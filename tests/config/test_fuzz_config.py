"""Whatever a config file holds, it is an experiment or one report of what is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dltrain.config.fields import sections
from dltrain.config.load import LoadedConfig, load_config, load_text
from dltrain.config.mistakes import ConfigError
from dltrain.config.save import to_yaml
from dltrain.config.shipped import shipped_files
from fuzzing import Fuzz, times

KEYS = sorted({key for _, _, schema in sections() for key in schema.get("properties", {})})
NAMES = sorted({name for _, name, _ in sections() if name})
SECTIONS = sorted({path for path, _, _ in sections() if path})
PIECES = (
    *("!!python/object/apply:os.system ", "!!python/name:os.system", "!x ", "!!float ", "!!int "),
    *("&a ", "*a ", "<<: ", "\t", "- ", "? ", ": ", "[", "]", "{", "}", "'", '"', '"\\0"', "|\n"),
    *('"\\ud800"', '"\\U00110000"', '"\\x1b[2J"', "%YAML 9.9\n", "---\n", "...\n", "\n  ", "\n"),
    *("010", "1:30", ".nan", "-.inf", "1e999", "0x" + "f" * 297, "0o" + "7" * 5000, "9" * 299),
    *("0x1f", "~", "yes", "\u2028", "\x85", "\u202e", "\x00", "\x1b", "extends: ", "extends: ."),
)
NUMBERS = some.integers() | some.floats() | some.sampled_from([0, 1, 2**31, 2**63, 10**300])
SCALARS = some.none() | some.booleans() | NUMBERS | some.text() | some.sampled_from(NAMES)
WORDS = some.sampled_from(KEYS) | some.text(max_size=8)
TREES = some.recursive(
    SCALARS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(WORDS, inner, max_size=4),
    max_leaves=6,
)
SECTION = some.dictionaries(some.sampled_from(KEYS), TREES, max_size=5)
CONFIGS = some.dictionaries(some.sampled_from(KEYS), SECTION | TREES, max_size=4)
EDITS = some.lists(
    some.tuples(some.floats(0, 1), some.integers(0, 12), some.sampled_from(PIECES)), min_size=1
)


def attempt(load: Callable[[], LoadedConfig]) -> None:
    """Load: an experiment that survives being saved, or a report without control characters."""
    try:
        experiment = load().experiment
    except ConfigError as error:
        assert all(char.isprintable() for char in str(error).replace("\n", ""))  # noqa: PT017 - it may pass
    else:
        assert load_text(to_yaml(experiment), "saved.yaml").experiment == experiment


@pytest.mark.parametrize("fuzz", times(20))
def test_mutated(fuzz: Fuzz) -> None:
    """A shipped config with pieces cut out of it and others put in."""
    files = sorted(shipped_files().values())

    @given(some.sampled_from(files), EDITS)
    def check(file: Path, edits: list[tuple[float, int, str]]) -> None:
        text = file.read_text(encoding="utf-8")
        for place, cut, piece in edits:
            start = int(place * len(text))
            text = text[:start] + piece + text[start + cut :]
        attempt(lambda: load_text(text, str(file)))

    fuzz(check)()


@pytest.mark.parametrize("fuzz", times(30))
def test_trees(fuzz: Fuzz) -> None:
    """Any tree of known and unknown keys with values of any kind; JSON is YAML too."""

    @given(CONFIGS)
    def check(tree: dict[str, Any]) -> None:
        attempt(lambda: load_text(json.dumps(tree), "fuzz.yaml"))

    fuzz(check)()


@pytest.mark.parametrize("fuzz", times(40))
def test_overrides(fuzz: Fuzz) -> None:
    """Any ``--set`` arguments over a good config."""
    paths = some.builds("{}.{}".format, some.sampled_from(SECTIONS), some.sampled_from(KEYS))
    values = TREES.map(json.dumps) | some.text() | some.sampled_from(PIECES)
    arguments = some.builds("{}={}".format, paths, values) | some.text()

    @given(some.lists(arguments, max_size=4))
    def check(overrides: list[str]) -> None:
        good = "data: {name: digits}\nmodel: {name: mlp}\n"
        attempt(lambda: load_text(good, "fuzz.yaml", overrides))

    fuzz(check)()


@pytest.mark.parametrize("fuzz", times(40))
def test_class_names(fuzz: Fuzz) -> None:
    """Any text as the name of a class."""

    @given(some.text(), some.text())
    def check(first: str, second: str) -> None:
        data = {"name": "arrays", "x": [1, 2], "y": [first, second]}
        attempt(lambda: load_text(json.dumps({"data": data, "model": {"name": "mlp"}}), "x.yaml"))

    fuzz(check)()


@pytest.mark.parametrize("fuzz", times(40))
def test_bytes(fuzz: Fuzz, tmp_path: Path) -> None:
    """A file of any bytes."""
    file = tmp_path / "fuzz.yaml"

    @given(some.binary(max_size=200) | some.text().map(str.encode))
    def check(content: bytes) -> None:
        file.write_bytes(content)
        attempt(lambda: load_config(file))

    fuzz(check)()
