"""Writes what dltrain reads for a config as arrays that a tutorial's script loads with NumPy.

    python benchmarks/tutorials/prepare.py configs/tutorials/mnist_cnn.yaml --into FOLDER

Both sides then have the very same training and test examples, as `keras.datasets` would hand
them out. Everything goes through dltrain's own loaders and decode cache, which afterwards
holds all that a run of the config takes from it.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from dltrain.config.load import load_config
from dltrain.config.schema import ImdbConfig
from dltrain.data import imdb
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.data.decode_cache import load_or_decode
from dltrain.data.examples import Columns
from dltrain.data.location import default_data_dir
from dltrain.data.tokens import unpack_words

Arrays = dict[str, np.ndarray[Any, Any]]

# As keras.datasets.imdb numbers words: 0 is padding, 1 begins a review, 2 is any rarer word,
# and the most frequent word of the training part is 4.
WORDS, START, RARE, MOST_FREQUENT = 10_000, 1, 2, 4


def write_arrays(config: Path, overrides: list[str], data_dir: Path, folder: Path) -> Path:
    """Write the training and test part of a config's data.

    Args:
        config: the YAML file.
        overrides: as of `dltrain run --set`.
        data_dir: where prepared datasets lie.
        folder: made if needed; an older file is replaced.

    Returns:
        The file: ``x_train``, ``y_train``, ``x_test``, ``y_test``, and for reviews
        ``offsets_train`` and ``offsets_test`` as well. Training includes what dltrain will
        hold out as validation.
    """
    data = load_config(config, overrides).experiment.data
    dataset = load_dataset(data, data_dir)  # for reviews too: it finds their n-grams
    arrays = reviews(data_dir) if isinstance(data, ImdbConfig) else examples(dataset)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{data.name}.npz"
    np.savez(path, allow_pickle=False, **arrays)
    return path


def examples(dataset: Dataset) -> Arrays:
    """Images or rows of a table as they are stored."""
    stored = dataset.stored
    return {
        f"{letter}_{part}": values
        for part in ("train", "test")
        for letter, values in (("x", stored[part].inputs), ("y", stored[part].labels))
    }


def reviews(data_dir: Path) -> Arrays:
    """The words of all reviews, one after another, as numbers by frequency in training."""
    key = imdb.source_key(data_dir, offline=False)
    stored = load_or_decode("imdb", key, lambda: imdb.decode(data_dir)).stored
    lexicon = unpack_words(stored["lexicon"])
    counts = np.bincount(stored["train"]["tokens"], minlength=len(lexicon))
    numbers = np.empty(len(counts), np.int32)
    numbers[np.argsort(-counts, kind="stable")] = np.arange(len(counts)) + MOST_FREQUENT
    numbers[numbers >= WORDS] = RARE
    arrays: Arrays = {}
    for part in ("train", "test"):
        arrays[f"x_{part}"], arrays[f"offsets_{part}"] = _numbered(stored[part], numbers)
        arrays[f"y_{part}"] = stored[part]["labels"]
    return arrays


def _numbered(
    columns: Columns, numbers: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    offsets = columns["offsets"]
    words = np.insert(numbers[columns["tokens"]], offsets[:-1], START)
    return words, offsets + np.arange(len(offsets))


def main() -> None:
    """Write one file and print its path."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    arguments = parser.parse_args()
    print(write_arrays(arguments.config, arguments.set, arguments.data_dir, arguments.into))


if __name__ == "__main__":
    main()
