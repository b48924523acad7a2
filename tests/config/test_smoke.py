"""--smoke makes any valid experiment small and leaves it valid."""

import pytest

from dltrain.config.dataset_facts import info_of
from dltrain.config.fit import mistakes_of
from dltrain.config.load import load_text
from dltrain.config.schema import AudioAugmentationConfig, ExperimentConfig, SpeechCommandsConfig
from dltrain.config.smoke import shrink
from dltrain.config.split_sizes import SplitSizes, split_sizes

BASE = "data: {name: digits}\nmodel: {name: mlp}\n"
CHANGES: list[list[str]] = [
    [],
    ["data.name=mnist", "train.epochs=100", "train.max_seconds=3600"],
    ["data.batch_size=1"],
    ["data.batch_size=1200", "data.drop_remainder=true"],
    ["data.batch_size=30", "distribution.replicas=3"],
    ["data.batch_size=100", "train.accumulation=5"],
    ["data.batch_size=180", "train.accumulation=5", "distribution.replicas=3"],
    ["data.batch_size=99", "distribution.replicas=33", "data.drop_remainder=true"],
    ["data.batch_size=900", "distribution.replicas=300", "data.drop_remainder=true"],
    ["data.validation=1430", "data.limit=5"],
    ["data.validation=0", "data.evaluation_limit=360"],
    ["data.validation=1", "data.evaluation_limit=5"],
    ["data.limit=3", "train.max_steps=1"],
    ["data.batch_size=all", "train.epochs=90", "train.lookahead.every=90"],
    ["train.early_stopping.patience=1", "train.validate_every=50", "train.monitor=loss"],
    ["model.name=cnn", "model.filters=[2, 2, 2]"],
    ["data.name=cifar10", "data.test=last_10000", "data.augmentation={pad_and_crop: 4}"],
    ["data.name=imdb", "model.name=lstm", "model.segment_length=100", "model.pooling=max"],
    ["data.name=imdb", "data.synthetic=true", "data.batch_size=2000"],
    ["data.name=speech_commands", "model.name=crnn", "train.class_weights={up: 2}"],
    ["data.name=speech_commands", "data.synthetic=true", "train.class_weights=balanced"],
    ["data.name=speech_commands", "data.augmentation.noise_probability=0.8"],
    ["data.name=breast_cancer", "data.validation=400"],
    ["data.name=diabetes", "train.loss=huber", "train.monitor=mae"],
    ["data.name=mnist", "data.batch_size=all"],
    ["data.name=mnist", "data.batch_size=all", "distribution.replicas=300"],
]
FEW: list[list[str]] = [
    ["data.name=xor"],
    ["data.name=xor", "data.batch_size=all", "distribution.replicas=4"],
    ["data.name=xor", "data.validation=2", "data.evaluation_limit=1"],
    ["data={name: arrays, x: [1, 2], y: [a, b], batch_size: all}"],
    ["data={name: random, examples: 500, validation: 0, test_examples: 0}"],
]
"""Sets without a test set."""


def experiment(changes: list[str]) -> ExperimentConfig:
    """Load a small config with changes."""
    return load_text(BASE, "x.yaml", changes).experiment


@pytest.mark.parametrize("changes", CHANGES, ids=" ".join)
def test_valid(changes: list[str]) -> None:
    """What is left is valid, small, and trains at least one step."""
    small = shrink(experiment(changes))
    assert mistakes_of(small, {}) == []
    sizes = split_sizes(small.data, info_of(small.data))
    batch_size = small.data.batch_size
    replicas = small.distribution.replicas or 1
    assert 1 <= sizes.train <= max(256, replicas if batch_size == "all" else 2 * batch_size)
    assert 1 <= sizes.test <= 128
    assert sizes.validation <= 128
    assert small.train.epochs <= 2
    assert small.train.max_steps is not None
    assert small.train.max_steps <= 12
    assert small.train.max_seconds is None


@pytest.mark.parametrize("changes", FEW, ids=" ".join)
def test_without_test(changes: list[str]) -> None:
    """A set without a test set stays without, and valid, and trains on what it has."""
    whole = experiment(changes)
    small = shrink(whole)
    assert mistakes_of(small, {}) == []
    info = info_of(small.data)
    before, after = split_sizes(whole.data, info), split_sizes(small.data, info)
    assert after == SplitSizes(min(before.train, 256), before.validation, 0)


def test_all_stay_all() -> None:
    """One step of all examples is one step of the few that are left."""
    small = shrink(experiment(["data.name=mnist", "data.batch_size=all"]))
    assert (small.data.batch_size, small.data.limit) == ("all", 256)


@pytest.mark.parametrize("changes", [*CHANGES, *FEW], ids=" ".join)
def test_twice(changes: list[str]) -> None:
    """Shrinking what is small changes nothing."""
    small = shrink(experiment(changes))
    assert shrink(small) == small


def test_kept() -> None:
    """Model, optimizer, seed and early stopping are those of the experiment."""
    whole = experiment(["seed=3", "train.early_stopping.patience=4", "model.dropout=0.5"])
    small = shrink(whole)
    assert (small.model, small.optimizer, small.seed) == (whole.model, whole.optimizer, 3)
    assert small.train.early_stopping == whole.train.early_stopping


def test_noise() -> None:
    """No noise is added, because a few examples may hold none; other changes stay."""
    augmentation = "data.augmentation={noise_probability: 0.8, time_shift: 4}"
    small = shrink(experiment(["data.name=speech_commands", augmentation]))
    assert isinstance(small.data, SpeechCommandsConfig)
    assert small.data.augmentation == AudioAugmentationConfig(time_shift=4)


def test_middle_of_an_epoch() -> None:
    """The default config stops in the middle of its second epoch, after a validation."""
    small = shrink(experiment([]))
    assert (small.data.limit, small.data.batch_size, small.train.max_steps) == (256, 32, 12)
