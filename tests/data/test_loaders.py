"""Conformance: every dataset, real or generated, gives what its DatasetInfo says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import TypeAdapter

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import DataConfig
from dltrain.data.catalog import IN_CONFIG
from dltrain.data.dataset import LOADERS, MADE, Dataset, load_dataset
from dltrain.data.examples import fingerprint
from dltrain.dataset_info import DATASET_INFO

EMBEDDED = {"digits", "breast_cancer", "diabetes"}  # sets that need no download
TFDS_NAMES = {"imdb": "imdb_reviews"}
ROWS = [[0.5, -2.0, 7.0], [7.0, 3.0, 0.5]]
SEQUENCES = [[row, row, ROWS[0], row] for row in ROWS]
IMAGES = [[sequence] * 5 for sequence in SEQUENCES]
MADE_OPTIONS: dict[str, dict[str, Any]] = {
    "xor": {"name": "xor"},
    "normalised_xor": {"name": "xor", "normalise": True},
    "random": {"name": "random", "classes": 3},
    "random_table": {"name": "random", "shape": (3,), "examples": 50, "test_examples": 0},
    "random_images": {"name": "random", "shape": (3, 4, 2), "examples": 50, "test_examples": 50},
    "line": {"name": "arrays", "x": [1, 2, 3, 4], "y": [2, 4, 6, 8], "normalise": True},
    "rows": {"name": "arrays", "x": ROWS * 4, "y": ["no", "yes"] * 4},
    "steps": {"name": "arrays", "x": ROWS * 4, "y": [0, 1] * 4, "kind": "sequence"},
    "sequences": {"name": "arrays", "x": SEQUENCES, "y": [0.5, 2], "normalise": True},
    "images": {"name": "arrays", "x": IMAGES, "y": [0.5, 2]},
    "pictures": {"name": "arrays", "x": IMAGES * 9, "y": [0, 1] * 9, "normalise": True},
}
OPTIONS = {name: {"name": name} for name in LOADERS} | MADE_OPTIONS
DOWNLOADED = LOADERS.keys() - EMBEDDED
SOURCES = [
    pytest.param(
        (kind, name),
        marks=pytest.mark.real_data if kind == "real" and name in DOWNLOADED else (),
    )
    for kind in ("real", "synthetic")
    for name in OPTIONS
]
Source = tuple[str, DataConfig, Dataset]


@pytest.fixture(scope="module", params=SOURCES, ids="-".join)
def source(
    tensorflow: None,  # noqa: ARG001 - set up before anything is read
    request: pytest.FixtureRequest,
    real_data_dir: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Source:
    """Kind, options and the set as an experiment sees it."""
    kind, name = request.param
    options = {**OPTIONS[name], "synthetic": kind == "synthetic"}
    config: DataConfig = TypeAdapter(DataConfig).validate_python(options)
    is_here = kind == "synthetic" or name not in DOWNLOADED
    nowhere = tmp_path_factory.mktemp("data_dir")
    data_dir = nowhere if is_here else real_data_dir(TFDS_NAMES.get(name, name))
    return kind, config, load_dataset(config, data_dir, offline=True)


def test_names() -> None:
    """Config classes, loaders and DatasetInfo know the same sets, those of a config aside."""
    sections = get_args(get_args(DataConfig)[0])
    names = [get_args(section.model_fields["name"].annotation)[0] for section in sections]
    assert names == [*LOADERS, *MADE] == [*DATASET_INFO, *IN_CONFIG]
    assert [info.name for info in DATASET_INFO.values()] == list(DATASET_INFO)


def test_inputs(source: Source) -> None:
    """Inputs have the stated shape and dtype, and there is one label for each."""
    _, _, dataset = source
    for examples in dataset.stored.values():
        assert examples.inputs.shape == (len(examples.labels), *dataset.info.input_shape)
        assert str(examples.inputs.dtype) == dataset.info.input_dtype
        assert np.isfinite(examples.inputs).all()


def test_counts(source: Source) -> None:
    """There are as many as published, or it is said that there are fewer."""
    kind, config, dataset = source
    counts = {split: len(examples) for split, examples in dataset.stored.items()}
    assert counts == dataset.info.num_examples
    published = info_of(config).num_examples
    is_partial = any(count < published[split] for split, count in counts.items())
    said = any("not complete here" in notice for notice in dataset.notices)
    assert said == (is_partial and kind == "real")


def test_labels(source: Source) -> None:
    """Labels are int32 classes of which each occurs in each split, or float32 numbers."""
    _, _, dataset = source
    for examples in dataset.stored.values():
        if dataset.info.task == "regression":
            assert examples.labels.dtype == np.float32
            assert np.isfinite(examples.labels).all()
        else:
            assert examples.labels.dtype == np.int32
            classes = sorted(set(examples.labels.tolist()))
            assert classes == list(range(dataset.info.num_classes))


def test_statistics(source: Source) -> None:
    """Normalised by mean and deviation, the training inputs have mean 0 and deviation 1."""
    kind, config, dataset = source
    info, examples = dataset.info, dataset.examples_of("train")
    is_left = config.name == "random" or getattr(config, "normalise", None) is False
    if info.modality == "text" or is_left:  # the number of a word is no quantity
        assert (info.mean, info.standard_deviation) == ((0.0,), (1.0,))
        return
    if info.input_dtype == "uint8" and kind == "synthetic":
        pytest.skip("generated images have statistics of their own")
    inputs = examples.inputs[dataset.train].astype(np.float64)
    axes = tuple(range(inputs.ndim - (len(info.mean) > 1)))
    assert np.allclose((inputs.mean(axis=axes) - info.mean) / info.standard_deviation, 0, atol=0.02)
    assert np.allclose(inputs.std(axis=axes) / info.standard_deviation, 1, atol=0.02)


def test_splits_are_disjoint(source: Source) -> None:
    """No example trains and validates; no stored test example is a training one."""
    kind, config, dataset = source
    if dataset.examples_of("validation") is dataset.examples_of("train"):
        assert not set(dataset.train.tolist()) & set(dataset.validation.tolist())
    parts = (dataset.examples_of(split).inputs for split in ("train", "test"))
    train, test = ({row.tobytes() for row in part} for part in parts)
    # some reviews stand in both official splits of the real imdb, cut to one length more of them
    most = 0.01 * len(test) if (kind, config.name) == ("real", "imdb") else 0
    assert len(train & test) <= most


def test_vocabulary_is_of_the_training_part(source: Source) -> None:
    """Every word of the vocabulary but padding and unknown occurs in a training example."""
    _, _, dataset = source
    if dataset.info.modality != "text":
        assert dataset.info.vocabulary == ()
        return
    used = np.unique(dataset.examples_of("train").inputs[dataset.train])
    size = len(dataset.info.vocabulary)
    assert size <= dataset.info.vocab_size
    assert used.max() < size
    # the rarest may stand only in what is cut off
    assert len(used) > 0.9 * size


def test_content_is_pinned(tmp_path: Path) -> None:
    """The embedded sets and their splits are the same for everybody, to the last bit."""
    names = ("digits", "breast_cancer", "diabetes")
    digests = [fingerprint(LOADERS[name].decode(tmp_path))[:16] for name in names]
    assert digests == ["182ff5457d2945b9", "71c1d38cf54f7ee2", "0081fb226d7808b8"]


def test_fingerprint() -> None:
    """One changed label, another dtype, shape, column or split is another content."""
    inputs, labels = np.zeros((4, 2, 2, 1), np.uint8), np.zeros(4, np.int32)
    changed = np.array([0, 0, 1, 0], np.int32)
    contents = [
        {"train": {"inputs": inputs, "labels": labels}},
        {"train": {"inputs": inputs, "labels": changed}},
        {"train": {"inputs": inputs, "labels": labels.astype(np.int64)}},
        {"train": {"inputs": inputs.reshape(4, 4, 1, 1), "labels": labels}},
        {"train": {"waveforms": inputs, "labels": labels}},
        {"test": {"inputs": inputs, "labels": labels}},
    ]
    assert len({fingerprint(content) for content in contents}) == len(contents)
    same = {"train": {"labels": labels, "inputs": inputs.copy()}}
    assert fingerprint(contents[0]) == fingerprint(same)
