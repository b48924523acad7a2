"""From the config's `data` to examples in memory and the indices of each part."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dltrain.config.schema import DataConfig
from dltrain.config.split_sizes import uncut_sizes
from dltrain.data import digits, mnist, synthetic
from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.examples import Examples, Loader, fingerprint
from dltrain.data.order import VALIDATION_STREAM, shuffled
from dltrain.dataset_info import DATASET_INFO, DatasetInfo
from dltrain.errors import DataError

Split = Literal["train", "validation", "test"]

LOADERS: dict[str, Loader] = {"digits": digits, "mnist": mnist}


@dataclass(frozen=True)
class Dataset:
    """A dataset as one experiment sees it.

    Attributes:
        info: what a model may know about it.
        stored: the splits as they are stored; validation is a part of ``train``.
        train: indices into the stored training examples.
        validation: likewise; disjoint from ``train``.
        test: indices into the stored test examples.
        fingerprint: sha256 of the stored content.
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
        """The stored examples a split's indices point into."""
        return self.stored["test" if split == "test" else "train"]

    def indices_of(self, split: Split) -> np.ndarray[Any, Any]:
        """Which of the stored examples belong to the split, in order."""
        indices: np.ndarray[Any, Any] = getattr(self, split)
        return indices


def load_dataset(config: DataConfig, data_dir: Path, *, offline: bool = False) -> Dataset:
    """Read the examples and cut validation from the training part.

    Args:
        config: the experiment's ``data`` section.
        data_dir: TFDS's data directory.
        offline: forbid the network.

    Raises:
        DataError: the data is missing and cannot be had, or is not what it should be.
    """
    info = DATASET_INFO[config.name]
    decoded = _decode(config, info, data_dir, offline=offline)
    count = len(decoded.stored["train"])
    if count != info.num_examples["train"]:
        raise DataError(
            f"{config.name} in {data_dir} holds {count:,} training examples instead of "
            f"{info.num_examples['train']:,}: it is incomplete.\n"
            "Delete the prepared folder and run the command again."
        )
    held_out = uncut_sizes(config, info).validation
    order = shuffled(count, config.split_seed, VALIDATION_STREAM)
    validation, rest = np.sort(order[:held_out]), np.sort(order[held_out:])
    return Dataset(
        info=info,
        stored=decoded.stored,
        train=rest[: config.limit],
        validation=validation[: config.evaluation_limit],
        test=np.arange(len(decoded.stored["test"]), dtype=np.int32)[: config.evaluation_limit],
        fingerprint=decoded.fingerprint,
        notices=(decoded.notice,) if decoded.notice else (),
    )


def _decode(config: DataConfig, info: DatasetInfo, data_dir: Path, *, offline: bool) -> Decoded:
    if config.synthetic:
        stored = synthetic.generate(info)
        notice = f"the data is generated, not the real {config.name}: figures mean nothing"
        return Decoded(stored, fingerprint(stored), notice)
    loader = LOADERS[config.name]
    key = loader.source_key(data_dir, offline=offline)
    return load_or_decode(config.name, key, lambda: loader.decode(data_dir))
