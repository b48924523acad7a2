"""From the config's `data` to examples in memory and the indices of each part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dltrain.config.dataset_facts import LAST_10000, info_of
from dltrain.config.fit_data import size_complaint
from dltrain.config.schema import Cifar10Config, DataConfig
from dltrain.config.split_sizes import uncut_sizes
from dltrain.data import (
    arrays,
    breast_cancer,
    cifar10,
    diabetes,
    digits,
    imdb,
    mnist,
    random_numbers,
    speech_commands,
    synthetic,
    xor,
)
from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.examples import Columns, Examples, Loader, fingerprint
from dltrain.data.modalities import prepare
from dltrain.data.order import VALIDATION_STREAM, shuffled
from dltrain.dataset_info import DatasetInfo
from dltrain.errors import DataError

Split = Literal["train", "validation", "test"]

LOADERS: dict[str, Loader] = {
    "digits": digits,
    "mnist": mnist,
    "cifar10": cifar10,
    "imdb": imdb,
    "speech_commands": speech_commands,
    "breast_cancer": breast_cancer,
    "diabetes": diabetes,
}

# These are made in no time from (the data section, its facts): nothing is read or cached.
MADE: dict[str, Callable[..., dict[str, Columns]]] = {
    "xor": xor.make,
    "random": random_numbers.make,
    "arrays": arrays.make,
}


@dataclass(frozen=True)
class Dataset:
    """A dataset as one experiment sees it.

    Attributes:
        info: what a model may know about it.
        stored: the splits as they are stored; validation is a part of ``train`` unless it
            is stored itself, and some sets have no ``test``.
        train: indices into the stored training examples.
        validation: indices of the validation examples; disjoint from ``train``.
        test: indices into the stored test examples; none where there is no test set.
        fingerprint: sha256 of the decoded content, and of features computed from it.
        notices: what a person should know about how it was read.
    """

    info: DatasetInfo
    stored: dict[str, Examples]
    train: np.ndarray[Any, Any]
    validation: np.ndarray[Any, Any]
    test: np.ndarray[Any, Any]
    fingerprint: str
    notices: tuple[str, ...]

    def examples_of(self, split: Split) -> Examples:
        """The stored examples a split's indices point into; none where there is no test set."""
        if split in self.stored:
            return self.stored[split]
        train = self.stored["train"]
        return train if split == "validation" else Examples(train.inputs[:0], train.labels[:0])

    def indices_of(self, split: Split) -> np.ndarray[Any, Any]:
        """Which of the stored examples belong to the split, in order."""
        indices: np.ndarray[Any, Any] = getattr(self, split)
        return indices


def load_dataset(
    config: DataConfig,
    data_dir: Path,
    *,
    offline: bool = False,
    trained_with: DatasetInfo | None = None,
) -> Dataset:
    """Read the examples, cut validation from the training part, prepare all for a model.

    Args:
        config: the experiment's ``data`` section.
        data_dir: TFDS's data directory.
        offline: forbid the network.
        trained_with: what a checkpoint knows of its data; its vocabulary and statistics are
            then used, and not those of the data found now.

    Raises:
        DataError: the data is missing and cannot be had, or is not what it should be.
    """
    static = info_of(config)
    decoded = _decode(config, static, data_dir, offline=offline)
    stored = _official_splits(config, decoded.stored)
    counts = {
        split: len(stored[split]["labels"]) for split in static.num_examples if split in stored
    }
    info = replace(static, num_examples=counts)
    complaint = size_complaint(config, info)
    if complaint:
        raise DataError(f"the {config.name} in {data_dir} is too small: {complaint}.")
    train, validation = _parts(config, info)
    ready = prepare(config, info, stored, train, trained_with, decoded.fingerprint)
    notices = (decoded.notice, *ready.notices, _partial_notice(static, counts))
    return Dataset(
        info=ready.info,
        stored=ready.examples,
        train=train,
        validation=validation,
        test=np.arange(counts.get("test", 0), dtype=np.int32)[: config.evaluation_limit],
        fingerprint=ready.content,
        notices=tuple(filter(None, notices)),
    )


def _parts(
    config: DataConfig, info: DatasetInfo
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Indices of the training and of the validation examples."""
    count, held_out = info.num_examples["train"], uncut_sizes(config, info).validation
    if config.validation == "official":
        train = np.arange(count, dtype=np.int32)
        validation = np.arange(held_out, dtype=np.int32)
    else:
        order = shuffled(count, config.split_seed, VALIDATION_STREAM)
        validation, train = np.sort(order[:held_out]), np.sort(order[held_out:])
    return train[: config.limit], validation[: config.evaluation_limit]


def _official_splits(config: DataConfig, stored: dict[str, Columns]) -> dict[str, Columns]:
    """The splits a config trains, validates and tests on, as far as the source has them."""
    if config.validation != "official":  # then it is cut from the training part
        stored = {name: columns for name, columns in stored.items() if name != "validation"}
    is_resplit = isinstance(config, Cifar10Config) and config.test == "last_10000"
    if not is_resplit or config.synthetic:
        return stored
    train = stored["train"]
    first = {name: column[:-LAST_10000] for name, column in train.items()}
    last = {name: column[-LAST_10000:] for name, column in train.items()}
    return {**stored, "train": first, "test": last}


def _partial_notice(info: DatasetInfo, counts: dict[str, int]) -> str | None:
    missing = [
        f"{counts[split]:,} of {whole:,} {split}"
        for split, whole in info.num_examples.items()
        if counts.get(split, whole) != whole
    ]
    if not missing:
        return None
    return (
        f"{info.name} is not complete here ({', '.join(missing)} examples): figures are not "
        "comparable with published ones"
    )


def _decode(config: DataConfig, info: DatasetInfo, data_dir: Path, *, offline: bool) -> Decoded:
    if config.synthetic:
        stored = synthetic.generate(info)
        notice = f"the data is generated, not the real {config.name}: figures mean nothing"
        return Decoded(stored, fingerprint(stored), notice)
    if config.name in MADE:
        stored = MADE[config.name](config, info)
        return Decoded(stored, fingerprint(stored))
    loader = LOADERS[config.name]
    key = loader.source_key(data_dir, offline=offline)
    return load_or_decode(config.name, key, lambda: loader.decode(data_dir))
