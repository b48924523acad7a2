"""What extends and --set do to a config, and where each value then comes from."""

from pathlib import Path

import pytest

from dltrain.config.fields import tagged_sections
from dltrain.config.load import LoadedConfig, load_config, load_text

BASE = """\
data:
  name: mnist
  batch_size: 64
model:
  name: cnn
  filters: [8, 16]
optimizer:
  learning_rate: 0.1
  schedule:
    warmup: 0.1
train:
  epochs: 3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a base config."""
    monkeypatch.chdir(tmp_path)
    Path("common").mkdir()
    Path("common/base.yaml").write_text(BASE)


def extended(text: str, *overrides: str) -> LoadedConfig:
    """Load a file that extends the base."""
    Path("x.yaml").write_text(f"extends: common/base.yaml\n{text}")
    return load_config("x.yaml", overrides)


def overridden(*overrides: str) -> LoadedConfig:
    """Load the base with --set."""
    return load_text(BASE, "base.yaml", overrides)


def model(loaded: LoadedConfig) -> dict[str, object]:
    """Return what the model was given, without defaults."""
    return loaded.experiment.model.model_dump(exclude_unset=True)


def test_mappings_merge() -> None:
    """A section is merged key by key with that of the base."""
    data = extended("data: {validation: 0.2}\n").experiment.data
    assert (data.name, data.batch_size, data.validation) == ("mnist", 64, 0.2)


def test_lists_replace() -> None:
    """A list replaces that of the base as a whole."""
    assert model(extended("model: {filters: [4]}\n")) == {"name": "cnn", "filters": (4,)}


def test_new_name_drops() -> None:
    """A new name drops the other keys of the base's section."""
    assert model(extended("model: {name: mlp}\n")) == {"name": "mlp"}
    assert extended("data: {name: digits}\n").experiment.data.batch_size == 128


def test_same_name_keeps() -> None:
    """The same name again drops nothing."""
    assert model(extended("model: {name: cnn}\n")) == {"name": "cnn", "filters": (8, 16)}


def test_new_name_beside_a_default_name() -> None:
    """A name other than the default counts as new where the base leaves the default."""
    optimizer = extended("optimizer: {name: sgd}\n").experiment.optimizer
    assert (optimizer.learning_rate, optimizer.schedule.warmup) == (0.01, 0.0)
    schedule = extended("optimizer: {schedule: {name: constant}}\n").experiment.optimizer.schedule
    assert schedule.warmup == 0.0


def test_default_name_written_out() -> None:
    """The default name written out drops nothing."""
    assert extended("optimizer: {name: adamw}\n").experiment.optimizer.learning_rate == 0.1


def test_name_of_a_fragment() -> None:
    """A base without a name gives its keys to whatever name comes."""
    Path("part.yaml").write_text("data: {batch_size: 16}\n")
    Path("x.yaml").write_text("extends: part.yaml\ndata: {name: digits}\nmodel: {name: mlp}\n")
    assert load_config("x.yaml").experiment.data.batch_size == 16


def test_chain() -> None:
    """A base may extend another one, relative to itself."""
    Path("common/middle.yaml").write_text("extends: base.yaml\nseed: 5\ntrain: {epochs: 4}\n")
    Path("x.yaml").write_text("extends: common/middle.yaml\nseed: 6\n")
    loaded = load_config("x.yaml")
    assert (loaded.experiment.seed, loaded.experiment.train.epochs) == (6, 4)
    assert str(loaded.origins["seed"]) == "x.yaml:2:7"
    assert str(loaded.origins["train.epochs"]) == "common/middle.yaml:3:17"
    assert str(loaded.origins["data.batch_size"]) == "common/base.yaml:3:15"
    assert "train.ema" not in loaded.origins


def test_same_base_twice_is_no_circle() -> None:
    """A file may be extended by two files that do not extend each other."""
    assert extended("").experiment == load_config("common/base.yaml").experiment


def test_set() -> None:
    """--set changes values of every kind and is their origin."""
    loaded = overridden("train.epochs=7", "model.filters=[4, 5]", "train.monitor=loss", "seed=1")
    assert loaded.experiment.train.epochs == 7
    assert model(loaded)["filters"] == (4, 5)
    assert loaded.origins["train.epochs"].source == "--set"
    assert loaded.origins["train.epochs"].column == 14


def test_set_numbers() -> None:
    """--set reads numbers as a file does."""
    assert overridden("optimizer.learning_rate=1e-3").experiment.optimizer.learning_rate == 0.001


def test_set_null() -> None:
    """Null and nothing both take a value away."""
    assert overridden("data.limit=5", "data.limit=null").experiment.data.limit is None
    assert overridden("data.limit=").experiment.data.limit is None


def test_last_set_wins() -> None:
    """Of two --set of the same key the last one counts."""
    assert overridden("seed=1", "seed=2").experiment.seed == 2


@pytest.mark.parametrize("reverse", [False, True])
def test_order_of_set(reverse: bool) -> None:
    """A new name and the keys that go with it may come in any order."""
    arguments = ["model.name=mlp", "model.hidden_units=[3]", "model.dropout=0.5"]
    loaded = overridden(*(reversed(arguments) if reverse else arguments))
    assert model(loaded) == {"name": "mlp", "hidden_units": (3,), "dropout": 0.5}


@pytest.mark.parametrize("reverse", [False, True])
def test_set_of_a_section(reverse: bool) -> None:
    """A whole section may be given as a flow mapping, with single keys beside it."""
    arguments = ["model={name: mlp, dropout: 0.5}", "model.hidden_units=[3]"]
    loaded = overridden(*(reversed(arguments) if reverse else arguments))
    assert model(loaded) == {"name": "mlp", "hidden_units": (3,), "dropout": 0.5}


def test_set_on_a_section_without_default() -> None:
    """--set reaches into a section that the file does not have."""
    loaded = overridden("train.early_stopping.patience=3", "optimizer.schedule.final=0.1")
    assert loaded.experiment.train.early_stopping is not None
    assert loaded.experiment.train.early_stopping.patience == 3
    assert loaded.experiment.optimizer.schedule.warmup == 0.1


def test_set_over_a_wrong_value() -> None:
    """A wrong value of the file does not matter once --set replaces it."""
    text = BASE.replace("epochs: 3", "epochs: 0")
    assert load_text(text, "x.yaml", ["train.epochs=1"]).experiment.train.epochs == 1


def test_tagged_sections() -> None:
    """The tagged sections of the schema are those that the contract names."""
    assert tagged_sections() == {
        "data": None,
        "data.features": "log_mel",
        "model": None,
        "optimizer": "adamw",
        "optimizer.others": "adamw",
        "optimizer.schedule": "cosine",
    }
