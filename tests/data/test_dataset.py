"""Which examples train, validate and test: disjoint, in order, decided by split_seed alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from dltrain.config.schema import Cifar10Config, DataConfig, DigitsConfig
from dltrain.config.split_sizes import split_sizes
from dltrain.data.dataset import LOADERS, Dataset, load_dataset
from dltrain.dataset_info import DATASET_INFO
from dltrain.errors import DataError


def load(data_dir: Path, **options: Any) -> Dataset:
    """The digits with options of the data section."""
    return load_dataset(DigitsConfig(name="digits", **options), data_dir)


@pytest.mark.parametrize("validation", [0, 1, 100, 0.1, 0.25, 1436])
@pytest.mark.parametrize("limits", [{}, {"limit": 1}, {"evaluation_limit": 7}], ids=str)
def test_sizes(tmp_path: Path, validation: float, limits: dict[str, int]) -> None:
    """Every split is as large as the config check counts on."""
    config = DigitsConfig(name="digits", validation=validation, **limits)
    dataset, sizes = load_dataset(config, tmp_path), split_sizes(config, DATASET_INFO["digits"])
    assert len(dataset.train) == sizes.train
    assert len(dataset.validation) == sizes.validation
    assert len(dataset.test) == sizes.test


def test_disjoint(tmp_path: Path) -> None:
    """Training and validation share no example and together are the whole stored training set."""
    dataset = load(tmp_path, validation=0.3)
    both = np.concatenate([dataset.train, dataset.validation])
    assert sorted(both.tolist()) == list(range(1437))
    assert dataset.test.tolist() == list(range(360))
    assert dataset.examples_of("validation") is dataset.examples_of("train")
    assert dataset.examples_of("test") is dataset.stored["test"]


def test_indices_of(tmp_path: Path) -> None:
    """A split's indices are found by its name."""
    dataset = load(tmp_path)
    assert dataset.indices_of("train") is dataset.train
    assert dataset.indices_of("validation") is dataset.validation
    assert dataset.indices_of("test") is dataset.test


def test_split_seed(tmp_path: Path) -> None:
    """Another split_seed sets other examples apart; the same one always the same."""
    first, again, other = (load(tmp_path, split_seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.validation, again.validation)
    assert set(first.validation.tolist()) != set(other.validation.tolist())
    assert first.validation[:5].tolist() == [9, 16, 19, 25, 31]


def test_limit(tmp_path: Path) -> None:
    """`limit` keeps the first N training examples and leaves validation and test alone."""
    whole, cut = load(tmp_path), load(tmp_path, limit=50)
    assert np.all(np.diff(whole.train) > 0)
    np.testing.assert_array_equal(cut.train, whole.train[:50])
    np.testing.assert_array_equal(cut.validation, whole.validation)
    np.testing.assert_array_equal(cut.test, whole.test)


def test_evaluation_limit(tmp_path: Path) -> None:
    """`evaluation_limit` keeps the first N of validation and test and leaves training alone."""
    whole, cut = load(tmp_path), load(tmp_path, evaluation_limit=20)
    np.testing.assert_array_equal(cut.train, whole.train)
    np.testing.assert_array_equal(cut.validation, whole.validation[:20])
    np.testing.assert_array_equal(cut.test, whole.test[:20])


def test_synthetic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`synthetic` reads nothing, is not the real content, and says so."""
    monkeypatch.setattr(LOADERS["digits"], "source_key", None)
    monkeypatch.setattr(LOADERS["digits"], "decode", None)
    dataset = load(tmp_path, synthetic=True)
    assert dataset.notices == ("the data is generated, not the real digits: figures mean nothing",)
    monkeypatch.undo()
    assert dataset.fingerprint != load(tmp_path).fingerprint


def test_official_validation(tmp_path: Path) -> None:
    """A stored validation split is used as it is, or set aside for one cut from training."""
    adapter = TypeAdapter(DataConfig)
    options = {"name": "speech_commands", "synthetic": True}
    official = load_dataset(adapter.validate_python(options), tmp_path)
    assert official.examples_of("validation") is official.stored["validation"]
    assert len(official.validation) == len(official.stored["validation"])
    assert len(official.train) == len(official.stored["train"])
    cut = load_dataset(adapter.validate_python({**options, "validation": 100}), tmp_path)
    assert cut.examples_of("validation") is cut.examples_of("train")
    assert not set(cut.validation) & set(cut.train)


def test_last_10000(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`test: last_10000` tests on the end of the official training images and trains on the rest."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path / "cache"))
    images = np.zeros((50_000, 32, 32, 3), np.uint8)
    images[:, 0, 0, 0] = np.arange(50_000) // 10_000
    train = {"inputs": images, "labels": np.arange(50_000, dtype=np.int32) % 10}
    test = {"inputs": images[:10_000], "labels": train["labels"][:10_000]}
    monkeypatch.setattr(LOADERS["cifar10"], "source_key", lambda *_, **__: "faked")
    monkeypatch.setattr(LOADERS["cifar10"], "decode", lambda _: {"train": train, "test": test})
    dataset = load_dataset(Cifar10Config(name="cifar10", test="last_10000"), tmp_path)
    batches = dataset.examples_of("test").inputs[dataset.test][:, 0, 0, 0]
    assert batches.shape == (10_000,)
    assert set(batches) == {4}
    assert len(dataset.train) + len(dataset.validation) == 40_000
    assert set(dataset.examples_of("train").inputs[:, 0, 0, 0]) == {0, 1, 2, 3}
    assert dataset.notices == ()


def test_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source with fewer examples than published is used, and that is said."""
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(tmp_path / "cache"))
    stored = LOADERS["digits"].decode(tmp_path)
    short = {"train": stored["test"], "test": stored["test"]}
    monkeypatch.setattr(LOADERS["digits"], "decode", lambda _: short)
    assert load(tmp_path).notices == (
        "digits is not complete here (360 of 1,437 train examples): figures are not comparable "
        "with published ones",
    )
    with pytest.raises(DataError) as raised:
        load(tmp_path, limit=1000)
    assert str(raised.value) == (
        f"the digits in {tmp_path} is too small: data.limit: there are only 324 training "
        "examples, not 1000, once validation is set apart; write at most 324, or remove the limit."
    )
