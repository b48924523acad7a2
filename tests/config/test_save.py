"""A saved config loads back to an equal tree, and its digest stands for all of it."""

import math
import subprocess
import sys

import pytest

from dltrain.config.load import load_text
from dltrain.config.save import differences, digest, to_yaml
from dltrain.config.schema import ExperimentConfig

TEXTS = [
    "data: {name: digits}\nmodel: {name: mlp}",
    "data: {name: mnist, validation: 5000, limit: 60}\nmodel: {name: cnn, filters: [4]}",
    "data: {name: mnist, validation: 0.0}\nmodel: {name: mlp, hidden_units: []}",
    "data: {name: digits}\nmodel: {name: mlp}\ntrain: {jit: false, ema: 0.999, steps_per_call: 4}",
    "data: {name: digits}\nmodel: {name: mlp}\n"
    "optimizer: {name: sgd, learning_rate: 1e-22, schedule: {name: constant, warmup: 0.05}}\n"
    "train: {early_stopping: {patience: 3}}",
]


def experiment(text: str) -> ExperimentConfig:
    """Load a text."""
    return load_text(text, "x.yaml").experiment


@pytest.mark.parametrize("text", TEXTS)
def test_round_trip(text: str) -> None:
    """What is saved loads back to an equal tree with the same types and digest."""
    first = experiment(text)
    second = experiment(to_yaml(first))
    assert first == second
    assert repr(first) == repr(second)
    assert digest(first) == digest(second)


def test_text() -> None:
    """The saved text names each section first and writes lists on one line."""
    lines = to_yaml(experiment(TEXTS[0])).splitlines()
    assert lines[:4] == ["seed: 0", "data:", "  name: digits", "  batch_size: 128"]
    assert "  hidden_units: [256, 128]" in lines
    assert "  epsilon: 1e-07" in lines
    assert lines[-3:] == ["distribution:", "  name: auto", "  replicas: null"]


def test_digest_of_spelling() -> None:
    """The digest does not depend on how a value is written."""
    short = "data: {name: digits}\nmodel: {name: mlp}\noptimizer: {learning_rate: 1e-3}"
    long = "model:\n  name: mlp\ndata:\n  name: digits\noptimizer:\n  learning_rate: 0.00100"
    assert digest(experiment(short)) == digest(experiment(long))


def test_digest_of_change() -> None:
    """The digest changes with any value."""
    assert len({digest(experiment(text)) for text in TEXTS}) == len(TEXTS)
    assert all(len(digest(experiment(text))) == 8 for text in TEXTS)


def test_digest_in_another_process() -> None:
    """The digest is the same in a process with another hash seed."""
    code = (
        "from dltrain.config.load import load_text; from dltrain.config.save import digest;"
        f"print(digest(load_text({TEXTS[0]!r}, 'x').experiment))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == digest(experiment(TEXTS[0]))


def test_differences() -> None:
    """Differences name the path and both values, None where one has no such key."""
    first = experiment("data: {name: digits}\nmodel: {name: mlp, dropout: 0.1}")
    second = experiment("data: {name: digits}\nmodel: {name: mlp}\ntrain: {epochs: 3}")
    assert differences(first, second) == [
        ("model.dropout", 0.1, 0.0),
        ("train.epochs", 10, 3),
    ]
    assert differences(first, first) == []


def test_differences_of_sections() -> None:
    """A key that only one tree has is a difference, also when its value is null there."""
    first = experiment("data: {name: digits}\nmodel: {name: mlp}")
    second = experiment(
        "data: {name: digits}\nmodel: {name: mlp}\ntrain: {early_stopping: {patience: 3}}"
    )
    assert differences(first, second) == [
        ("train.early_stopping", None, None),
        ("train.early_stopping.patience", None, 3),
        ("train.early_stopping.min_delta", None, 0.0),
    ]


def test_infinity_is_never_in_a_tree() -> None:
    """No number of a valid tree is infinite, so that the canonical JSON is JSON."""
    values = experiment(TEXTS[0]).optimizer.model_dump().values()
    assert all(math.isfinite(value) for value in values if isinstance(value, float))
