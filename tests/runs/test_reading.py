"""Why a file could not be read, in the same words wherever it was read."""

import os
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from dltrain.runs.reading import read_bytes, reason_of


def test_what_is_no_file(tmp_path: Path) -> None:
    """A pipe, which would keep its reader for ever, and a folder are refused by name."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(ValueError, match=f"^{name} is no regular file$"):
            read_bytes(tmp_path / name)
    (tmp_path / "file").write_bytes(b"\x00x")
    assert read_bytes(tmp_path / "file") == b"\x00x"


def test_a_missing_file(tmp_path: Path) -> None:
    """It is named without its folder."""
    with pytest.raises(FileNotFoundError) as raised:
        read_bytes(tmp_path / "state.json")
    assert reason_of(raised.value) == "state.json is missing"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("best"), "it has no best"),
        (KeyError(), "KeyError"),
        (FileNotFoundError("nothing there"), "nothing there"),
        (ValueError("the first.\nthe second"), "the first"),
        (RecursionError(), "RecursionError"),
    ],
    ids=repr,
)
def test_reasons(error: Exception, reason: str) -> None:
    """It is one line without a full stop; where an error says nothing, its kind."""
    assert reason_of(error) == reason


def test_a_wrong_type() -> None:
    """The place inside of the document stands before what is wrong there."""
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(dict[str, list[int]]).validate_json('{"a": [1, "x"]}', strict=True)
    assert reason_of(raised.value) == "a.1: Input should be a valid integer"
