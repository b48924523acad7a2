"""A config cannot execute anything, nor take more time and memory than a config deserves."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dltrain.config.load import load_config, load_text
from dltrain.config.mistakes import ConfigError, as_json
from dltrain.config.source_text import LARGEST
from dltrain.errors import UserError
from dltrain.runs.record import read_run
from dltrain.runs.run_dir import RunDir

GOOD = "data: {name: digits}\nmodel: {name: mlp}\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{letter}: &{letter} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
)
TOO_DEEP, NO_TAG = "nested more than 32 deep", "is not allowed: a config names values"
HOSTILE = {
    "apply": (f"{GOOD}seed: !!python/object/apply:os._exit [77]\n", NO_TAG),
    "new": (f"{GOOD}seed: !!python/object/new:os._exit [77]\n", NO_TAG),
    "name": (f"{GOOD}seed: !!python/name:os._exit ''\n", NO_TAG),
    "module": (f"{GOOD}seed: !!python/module:os ''\n", NO_TAG),
    "own tag": (f"%TAG ! tag:yaml.org,2002:python/\n---\n{GOOD}seed: !object:os.x {{}}\n", NO_TAG),
    "billion laughs": (BOMB, "aliases expand this file to more than 10,000 values"),
    "quadratic": (
        f"a: &a [{'x, ' * 4_000}]\nb: [{'*a, ' * 4_000}]\n",
        "aliases expand this file to more than 10,000 values",
    ),
    "recursion": ("a: &a [*a]\n", "an alias stands inside the value it refers to"),
    "deep lists": (f"a: {'[' * 100_000}", TOO_DEEP),
    "deep mappings": (f"a: {'{a: ' * 100_000}", TOO_DEEP),
    "deep dashes": ("- " * 100_000, TOO_DEEP),
    "many values": (f"a: [{'1, ' * 100_000}]", "a config has at most 10,000 values"),
    "no such character": ('a: "\\U00110000"\n', "a number that does not exist"),
    "no such version": (f"%YAML 1.{'1' * 5_000}\n---\na: 1\n", "a number that does not exist"),
    "half a character": ('data: {y: ["\\ud800"]}\n', "half a character"),
    "long octal": (f"{GOOD}seed: 0o{'7' * 10_000}\n", "a number of 10002 characters is too long"),
    "octal as float": (f"{GOOD}seed: !!float 0o7{'7' * 290}\n", "expected a whole number"),
    "extends nothing": (f'{GOOD}extends: "a\\0b.yaml"\n', "cannot be read (embedded null byte)"),
    "extends too long": (f"{GOOD}extends: {'a' * 5_000}\n", "cannot be read (File name too long)"),
}


def report(load: Callable[[], object]) -> str:
    """The one message about a config."""
    with pytest.raises(UserError) as raised:
        load()
    assert raised.value.exit_code == 2
    return str(raised.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_in_a_file(tmp_path: Path, name: str) -> None:
    """What would execute, explode or overflow in a file is one report."""
    text, expected = HOSTILE[name]
    (tmp_path / "x.yaml").write_text(text)
    assert expected in report(lambda: load_config(tmp_path / "x.yaml"))


@pytest.mark.parametrize("name", ["apply", "recursion", "deep dashes"])
def test_elsewhere(tmp_path: Path, name: str) -> None:
    """So it is in a file that is extended, in ``--set``, and in the config of a run."""
    text, expected = HOSTILE[name]
    (tmp_path / "config.yaml").write_text(text)
    assert expected in report(lambda: load_text("extends: config.yaml\n", f"{tmp_path}/x.yaml"))
    assert expected in report(lambda: read_run(RunDir(tmp_path), "run"))
    value = text.partition("seed: ")[2] or "[" * 60_000
    assert report(lambda: load_text(GOOD, "x.yaml", [f"seed={value}"]))


def test_deep_override() -> None:
    """A path of very many keys is refused at once."""
    message = report(lambda: load_text(GOOD, "x.yaml", [f"a{'.a' * 60_000}=1"]))
    assert TOO_DEEP in message
    assert len(message) < 1_000


def test_too_large(tmp_path: Path) -> None:
    """A large file is not even parsed, wherever its text comes from."""
    text = f"{GOOD}#{'x' * LARGEST}"
    (tmp_path / "x.yaml").write_text(text)
    assert "larger than 512 KiB" in report(lambda: load_config(tmp_path / "x.yaml"))
    assert "larger than 512 KiB" in report(lambda: load_text(text, "x.yaml"))


def test_long_chain(tmp_path: Path) -> None:
    """Files that extend each other end after sixteen."""
    for number in range(40):
        (tmp_path / f"{number}.yaml").write_text(f"extends: {number + 1}.yaml\n")
    (tmp_path / "40.yaml").write_text(GOOD)
    assert load_config(tmp_path / "25.yaml").experiment.data.name == "digits"
    expected = "more than 16 files extend each other"
    assert expected in report(lambda: load_config(tmp_path / "0.yaml"))


def test_what_no_file_is(tmp_path: Path) -> None:
    """A device or a pipe is refused before it is opened."""
    for name in ("/dev/zero", "/dev/stdin", "."):
        text = f"{GOOD}extends: {name}\n"
        assert report(lambda text=text: load_text(text, f"{tmp_path}/x.yaml"))


def test_escapes() -> None:
    """Keys and values with escapes, in a report, are shown as escapes; JSON stays JSON."""
    text = f'{GOOD}"k\\x1b[2J": 1\ntrain: {{loss: "v\\x1b]0;\\a\\n<b>"}}\n'
    with pytest.raises(ConfigError) as raised:
        load_text(text, "f\x1b[31m.yaml")
    assert all(char.isprintable() for char in str(raised.value).replace("\n", ""))
    assert "\x1b" not in json.dumps([as_json(mistake) for mistake in raised.value.mistakes])
