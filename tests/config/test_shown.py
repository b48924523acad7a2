"""The JSON Schema for editors, and the resolved config with its origins."""

from collections.abc import Iterator
from typing import Any

from dltrain.config.json_schema import json_schema
from dltrain.config.load import load_text
from dltrain.config.show import show, show_json

TEXT = "data: {name: digits}\nmodel:\n  name: mlp\n  dropout: 0.5\n"


def schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a schema."""
    if isinstance(schema, dict):
        yield schema
        for item in schema.values():
            yield from schemas(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from schemas(item)


def test_nothing_required() -> None:
    """No key is required anywhere, so that a file with extends is not red."""
    assert not any("required" in item or "oneOf" in item for item in schemas(json_schema()))


def test_top_level() -> None:
    """The top level has every section, and extends."""
    schema = json_schema()
    assert list(schema["properties"]) == [
        "extends",
        "seed",
        "data",
        "model",
        "optimizer",
        "train",
        "distribution",
    ]
    assert schema["additionalProperties"] is False
    assert schema["$schema"].startswith("https://json-schema.org/")


def test_sections() -> None:
    """Every section refuses unknown keys and every key has its sentence."""
    for name, section in json_schema()["$defs"].items():
        assert section["additionalProperties"] is False, name
        for key, schema in section["properties"].items():
            assert key == "name" or schema.get("description"), f"{name}.{key}"


def test_unions() -> None:
    """A tagged section is any of its variants, each told by its name."""
    schema = json_schema()
    references = [item["$ref"].rsplit("/", 1)[1] for item in schema["properties"]["model"]["anyOf"]]
    assert [schema["$defs"][item]["properties"]["name"]["const"] for item in references] == [
        "linear",
        "mlp",
        "cnn",
        "lstm",
        "crnn",
        "transformer",
    ]


def test_ranges() -> None:
    """Ranges are there for the editor."""
    cnn = json_schema()["$defs"]["CNNConfig"]["properties"]
    assert cnn["filters"]["items"] == {"minimum": 1, "type": "integer"}
    assert cnn["filters"]["minItems"] == 1


def test_choices() -> None:
    """What is one of several kinds of value is so for the editor too."""
    train = json_schema()["$defs"]["TrainConfig"]["properties"]
    assert train["metrics"]["anyOf"][0] == {"const": "auto"}
    assert "auc" in train["metrics"]["anyOf"][1]["items"]["enum"]
    assert train["monitor"]["enum"][:3] == ["auto", "loss", "accuracy"]
    weights = train["class_weights"]["anyOf"]
    assert {"type": "null"} in weights
    assert {"const": "balanced"} in weights
    digits = json_schema()["$defs"]["DigitsConfig"]["properties"]
    assert digits["batch_size"]["anyOf"][0] == {"const": "all"}
    pools = json_schema()["$defs"]["CNNConfig"]["properties"]["pool_size"]["anyOf"]
    assert [option["type"] for option in pools] == ["integer", "array"]
    augmentation = json_schema()["$defs"]["MnistConfig"]["properties"]["augmentation"]
    assert {"$ref": "#/$defs/ImageAugmentationConfig"} in augmentation["anyOf"]


def test_show() -> None:
    """Every value has its origin beside it, in one column."""
    lines = show(load_text(TEXT, "configs/x.yaml", ["train.epochs=3"])).splitlines()
    origins = dict(line.split("  # ") for line in lines if "#" in line)
    said = {setting.rstrip(): origin for setting, origin in origins.items()}
    assert said["  dropout: 0.5"] == "configs/x.yaml:4"
    assert said["  epochs: 3"] == "--set"
    assert said["seed: 0"] == said["  hidden_units: [256, 128]"] == "default"
    assert "model:" in lines
    assert len({len(setting) for setting in origins}) == 1


def test_show_long() -> None:
    """Many numbers stand on one line, and the comments of other lines stay where they are."""
    numbers = ", ".join(map(str, range(100)))
    text = f"data: {{name: arrays, x: [{numbers}], y: [{numbers}]}}\nmodel: {{name: linear}}\n"
    lines = show(load_text(text, "x.yaml")).splitlines()
    assert f"  x: [{numbers}]  # x.yaml:1" in lines
    assert max(len(line) for line in lines if numbers not in line) < 60


def test_show_loads() -> None:
    """What is shown is itself a config that gives the same experiment."""
    loaded = load_text(TEXT, "x.yaml")
    assert load_text(show(loaded), "y.yaml").experiment == loaded.experiment


def test_show_json() -> None:
    """The JSON has the config and the origin of each value."""
    document = show_json(load_text(TEXT, "x.yaml", ["seed=3"]))
    assert document["config"]["model"]["hidden_units"] == [256, 128]
    assert document["origins"]["seed"] == "--set"
    assert document["origins"]["model.dropout"] == "x.yaml:4"
    assert document["origins"]["train.epochs"] == "default"


NESTED = """\
data:
  name: speech_commands
  features: {mels: 64}
  augmentation: {time_shift: 3}
model: {name: mlp}
train:
  metrics: [f1, accuracy]
  class_weights:
    "yes": 2.0
"""


def test_show_nested() -> None:
    """Values of sections within sections, lists and class weights have their own origins."""
    loaded = load_text(NESTED, "x.yaml", ["train.class_weights.no=3"])
    lines = [" ".join(line.split()) for line in show(loaded).splitlines()]
    for line in (
        "mels: 64 # x.yaml:3",
        "hop_ms: 10.0 # default",
        "time_shift: 3 # x.yaml:4",
        "time_masks: 0 # default",
        "metrics: [f1, accuracy] # x.yaml:7",
        "yes: 2.0 # x.yaml:9",
        "no: 3.0 # --set",
        "units: 100 # default",
    ):
        assert line in lines
    assert load_text(show(loaded), "y.yaml").experiment == loaded.experiment
