"""Wrong configs and their whole messages; the tables are in ``wrong_configs/<kind>.txt``.

A table is read as text: ``== what is wrong``, the command, the files, the message.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from dltrain.config.load import load_config
from dltrain.config.mistakes import ConfigError

TABLES = sorted(Path(__file__).with_name("wrong_configs").glob("*.txt"))
FEWEST = 5


@dataclass(frozen=True)
class Case:
    """One wrong config: the arguments of `load_config`, the files, and what is said."""

    title: str
    path: str
    overrides: list[str]
    files: dict[str, str]
    message: str


def read_table(table: Path) -> list[Case]:
    """Return the cases of a table."""
    return [read_case(text) for text in f"\n{table.read_text(encoding='utf-8')}".split("\n== ")[1:]]


def read_case(text: str) -> Case:
    """Return one case from its text."""
    head, *parts = text.split("\n-- ")
    title, command = head.split("\n")
    _, dltrain, config, check, path, *options = shlex.split(command)
    assert (dltrain, config, check) == ("dltrain", "config", "check")
    files = dict(part.split("\n", 1) if "\n" in part else (part, "") for part in parts)
    message = files.pop("message").rstrip("\n")
    return Case(title, path, options[1::2], files, message)


CASES = [
    pytest.param(case, id=f"{table.stem}: {case.title}")
    for table in TABLES
    for case in read_table(table)
]


@pytest.mark.parametrize("case", CASES)
def test_message(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong config is refused with exactly the message of the table."""
    monkeypatch.chdir(tmp_path)
    for name, text in case.files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_config(case.path, case.overrides)
    assert str(raised.value) == case.message


def test_kinds() -> None:
    """There is a table for each kind of mistake."""
    assert [table.stem for table in TABLES] == [
        "arrays",
        "does_not_fit",
        "does_not_fit_data",
        "does_not_fit_model",
        "does_not_fit_task",
        "extends",
        "out_of_range",
        "set",
        "unknown_key",
        "wrong_name",
        "wrong_type",
        "yaml",
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_enough_cases(table: Path) -> None:
    """Each table has at least five cases."""
    assert len(read_table(table)) >= FEWEST


@pytest.mark.parametrize("case", CASES)
def test_plain_text(case: Case) -> None:
    """No message holds a control character but the line break."""
    assert all(char.isprintable() for char in case.message.replace("\n", ""))
