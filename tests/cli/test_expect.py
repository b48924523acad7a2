"""``--expect``: a figure of the summary and its bound."""

import re
from pathlib import Path
from typing import Any

import pytest

from dltrain.cli.expect import failures, parse_expectations, refuse_absent
from dltrain.config.load import load_text
from dltrain.errors import UserError

SUMMARY = {
    "status": "finished",
    "best": None,
    "test": {"accuracy": 0.97, "accuracy_tta": 0.98, "loss": float("nan")},
    "steps": 12,
}


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("test.accuracy>=0.97", True),
        ("test.accuracy>0.97", False),
        ("test.accuracy<=0.97", True),
        ("test.accuracy<0.97", False),
        ("test.accuracy_tta>=0.98", True),
        ("test.accuracy_tta>0.98", False),
        ("  steps > 11.5 ", True),
        ("steps>1.2e1", False),
        ("test.loss<1e9", False),
        ("test.loss>=0", False),
        ("best.epoch>=0", False),
    ],
)
def test_bounds(text: str, is_met: bool) -> None:
    """A number keeps its bound or not; what is absent, no number or NaN keeps none."""
    messages = failures(parse_expectations([text]), SUMMARY)
    assert (messages == []) == is_met
    assert is_met or text.strip() in messages[0]


def test_train_figures() -> None:
    """They can be expected; where a run has none, what it has is named."""
    expectations = parse_expectations(["train.accuracy>=1"])
    assert failures(expectations, {"train": {"accuracy": 1.0}, "test": None}) == []
    assert failures(expectations, SUMMARY) == [
        "expected train.accuracy>=1, but this run has no train.accuracy; it has figures of test"
    ]


def test_views() -> None:
    """Figures of several views are the test's alone, and only where the config asks for views."""
    with pytest.raises(UserError, match=r"no figure 'validation\.accuracy_tta'"):
        parse_expectations(["validation.accuracy_tta>=0.9"])
    expectations = parse_expectations(["test.loss<1", "test.accuracy_tta>=0.9"])
    config = "data: {name: digits}\nmodel: {name: cnn}\n"
    with pytest.raises(UserError, match=r"asks for no views.*\n.*or expect test\.accuracy"):
        refuse_absent(expectations, load_text(config, "x.yaml").experiment)
    views = ["train.test_time_augmentation={}"]
    refuse_absent(expectations, load_text(config, "x.yaml", views).experiment)


@pytest.mark.parametrize(
    "text", ["", "test.accuracy", "test.accuracy=0.9", "test.accuracy>=high", ">=0.9", "a >= 1 2"]
)
def test_malformed(text: str) -> None:
    """What is not of the form is the user's mistake, told with an example of it."""
    with pytest.raises(UserError, match=re.escape("test.accuracy>=0.97")):
        parse_expectations([text])


@pytest.mark.parametrize(
    ("expectations", "exit_code", "words"),
    [
        (["test.accuracy>=0", "seconds<1e6", "best.epoch <= 2"], 0, []),
        (["test.accuracy>=0", "test.accuracy>1", "steps<8"], 1, ["test.accuracy>1", "steps<8"]),
        (["test.acuracy>=0.5"], 2, ["no figure 'test.acuracy', did you mean 'test.accuracy'?"]),
        (["test.accuracy=0.5"], 2, ["'test.accuracy=0.5'", ">="]),
    ],
    ids=["met", "unmet", "unknown", "malformed"],
)
def test_expect(
    finished: Path, command: Any, expectations: list[str], exit_code: int, words: list[str]
) -> None:
    """Expectations decide the exit code; every one that does not hold is named."""
    options = [part for text in expectations for part in ("--expect", text)]
    arguments = ("run", "my config.yaml", "--run-dir", "my run", *options)
    done = command(*arguments, cwd=finished.parent)
    assert done.returncode == exit_code
    assert all(word in done.stderr for word in words)
    assert ("expected" in done.stderr) == (exit_code == 1)
    assert "Traceback" not in done.stderr
