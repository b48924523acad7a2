"""What other programs call our keys leads to ours, and never away from a real one."""

from collections.abc import Iterator

import pytest

from dltrain.config import other_names
from dltrain.config.fields import sections, tree_schema
from dltrain.config.nearest import nearest, nearest_key, other_name, owners

KEYS = {key for _, _, schema in sections() for key in schema["properties"]}


def test_our_keys() -> None:
    """Every key that others call differently is a key of ours."""
    assert set(other_names.KEYS) <= KEYS


@pytest.mark.parametrize("ours", other_names.KEYS)
def test_nothing_hidden(ours: str) -> None:
    """No section has one of our keys beside another that others call by that very name."""
    for path, name, schema in sections():
        both = set(schema["properties"]) & set(other_names.KEYS[ours])
        assert ours not in schema["properties"] or not both, f"{name} {path}: {both}"


@pytest.mark.parametrize(
    ("key", "path", "allowed", "suggestion"),
    [
        ("hidden_size", "model", ["units", "name"], "units"),
        ("hidden_size", "model", ["dim", "depth"], "dim"),
        ("Num-Heads", "model", ["heads", "dim"], "heads"),
        ("lr", "train", ["epochs"], "optimizer.learning_rate"),
        ("n_mels", "data", ["name"], "data.features.mels"),
        ("ema_decay", "train", ["ema", "epochs"], "ema"),
        ("epoch", "train", ["ema", "epochs"], "epochs"),
        ("zebra", "train", ["ema", "epochs"], None),
    ],
)
def test_nearest_key(key: str, path: str, allowed: list[str], suggestion: str | None) -> None:
    """A key leads to its synonym here, to its place elsewhere, or to what looks like it."""
    if suggestion == "optimizer.learning_rate":  # where two optimizers have it, it is one place
        assert owners("learning_rate", "optimizer") == (
            "learning_rate",
            ["adagrad", "adam", "adamw", "muon", "rmsprop", "sgd"],
        )
    assert nearest_key(key, path, allowed) == suggestion


def test_other_name() -> None:
    """A synonym only counts where our key is allowed."""
    assert other_name("d_model", ["dim"]) == "dim"
    assert other_name("d_model", ["depth"]) is None


def test_owners_by_another_name() -> None:
    """The variants that have a key are found by what others call it too."""
    assert owners("n_mfcc", "data.features") == ("coefficients", ["mfcc"])
    assert owners("zebra", "model") == ("zebra", [])


def test_values() -> None:
    """What others call a value leads to ours where it is allowed, else spelling decides."""
    assert nearest("mse", ["squared_error", "huber"]) == "squared_error"
    assert nearest("mae", ["mae", "rmse"]) == "mae"
    assert nearest("mse", ["rmse", "mae"]) == "rmse"
    assert nearest("Gradient Descent", ["adam", "sgd"]) == "sgd"


def test_values_twice() -> None:
    """Plain recurrence is a cell where cells are named, and else a recurrent model."""
    assert nearest("rnn", ["lstm", "gru", "simple_rnn"]) == "simple_rnn"
    assert nearest("rnn", ["cnn", "lstm"]) == "lstm"


def test_our_values() -> None:
    """Every value that others call differently is one that the schema allows."""
    assert set(other_names.VALUES) <= set(allowed_words(tree_schema()))


def allowed_words(schema: object) -> Iterator[str]:
    """Yield every word that a schema allows as a value."""
    if isinstance(schema, list):
        for item in schema:
            yield from allowed_words(item)
    elif isinstance(schema, dict):
        yield from schema.get("enum", [schema["const"]] if "const" in schema else [])
        yield from allowed_words(list(schema.values()))
