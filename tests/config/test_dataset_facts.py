"""What a config changes about the facts of its dataset."""

import pytest

from dltrain.config.dataset_facts import info_of
from dltrain.config.load import load_text
from dltrain.dataset_info import DatasetInfo


def info(data: str) -> DatasetInfo:
    """The facts of a data section."""
    return info_of(load_text(f"data: {data}\nmodel: {{name: mlp}}", "x.yaml").experiment.data)


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        ("{name: mnist}", (28, 28, 1)),
        ("{name: imdb, sequence_length: 30}", (30,)),
        ("{name: speech_commands}", (98, 40)),
        ("{name: speech_commands, features: {hop_ms: 20, mels: 32}}", (49, 32)),
        ("{name: speech_commands, features: {window_ms: 1000, highest_hz: 8000}}", (1, 40)),
        ("{name: speech_commands, features: {name: mfcc, mels: 20}}", (98, 20)),
    ],
)
def test_shape(data: str, shape: tuple[int, ...]) -> None:
    """Lengths of texts and the windows and bands of sounds decide the shape of an example."""
    assert info(data).input_shape == shape


@pytest.mark.parametrize(
    ("data", "modality", "shape"),
    [
        ("x: [1, 2]", "table", (1,)),
        ("x: [[1, 2, 3], [4, 5, 6]]", "table", (3,)),
        ("x: [[1, 2, 3], [4, 5, 6]], kind: sequence", "sequence", (3, 1)),
        ("x: [[[1], [2]], [[3], [4]]]", "sequence", (2, 1)),
        ("x: [[[1, 2]], [[3, 4]]], kind: image", "image", (1, 2, 1)),
        ("x: [[[[1], [2]]], [[[3], [4]]]]", "image", (1, 2, 1)),
    ],
)
def test_shape_of_arrays(data: str, modality: str, shape: tuple[int, ...]) -> None:
    """The nesting of numbers says what an example is, unless the config does."""
    facts = info(f"{{name: arrays, {data}, y: [0, 1]}}")
    assert (facts.modality, facts.input_shape) == (modality, shape)


@pytest.mark.parametrize(
    ("labels", "task", "classes"),
    [
        ("[1, 0, 1]", "binary", ("0", "1")),
        ("[1.0, 0, 1]", "binary", ("0", "1")),
        ("[1, 0, 1], task: regression", "regression", ()),
        ("[2, 0, 1]", "regression", ()),
        ("[2.0, 0, 1], task: classification", "multiclass", ("0", "1", "2")),
        ("[dog, cat, dog]", "binary", ("cat", "dog")),
    ],
)
def test_classes_of_arrays(labels: str, task: str, classes: tuple[str, ...]) -> None:
    """Names are classes in alphabetical order; numbers are where they are 0 and 1, or are said to be."""
    facts = info(f"{{name: arrays, x: [1, 2, 3], y: {labels}}}")
    assert (facts.task, facts.class_names) == (task, classes)


@pytest.mark.parametrize(
    ("data", "modality", "counts"),
    [
        ("shape: [3], validation: 0.2", "table", {"train": 1000, "test": 1000}),
        ("shape: [3, 2], examples: 20, test_examples: 0", "sequence", {"train": 20}),
        ("shape: [3, 2, 1], test_examples: 5", "image", {"train": 1000, "test": 5}),
    ],
)
def test_random(data: str, modality: str, counts: dict[str, int]) -> None:
    """The length of the shape says what random numbers are; a test set may be left out."""
    facts = info(f"{{name: random, {data}}}")
    assert (facts.modality, facts.num_examples) == (modality, counts)


def test_vocabulary() -> None:
    """The size of the vocabulary is the config's."""
    assert info("{name: imdb, vocab_size: 99}").vocab_size == 99


def test_coefficients() -> None:
    """Only MFCC features have coefficients."""
    assert info("{name: speech_commands}").cepstral_coefficients == 0
    assert info("{name: speech_commands, features: {name: mfcc}}").cepstral_coefficients == 13


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        ("{name: cifar10}", {"train": 50_000, "test": 10_000}),
        ("{name: cifar10, test: last_10000}", {"train": 40_000, "test": 10_000}),
        ("{name: digits, synthetic: true}", {"train": 1437, "test": 360}),
        ("{name: imdb, synthetic: true}", {"train": 25_000, "test": 25_000}),
        (
            "{name: speech_commands, synthetic: true}",
            {"train": 1200, "validation": 1200, "test": 1200},
        ),
        (
            "{name: speech_commands, synthetic: true, validation: 1000, limit: 3000}",
            {"train": 4000, "validation": 4000, "test": 4000},
        ),
    ],
)
def test_numbers_of_examples(data: str, counts: dict[str, int]) -> None:
    """Another test set takes examples from training; generated ones are no more than pay."""
    assert info(data).num_examples == counts
