"""Every dataset is what its DatasetInfo says, real or generated."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from dltrain.config.schema import DataConfig
from dltrain.data.dataset import LOADERS
from dltrain.data.decode_cache import load_or_decode
from dltrain.data.examples import Examples, fingerprint
from dltrain.data.synthetic import generate
from dltrain.dataset_info import DATASET_INFO

EMBEDDED = {"digits"}  # sets that need no download
SOURCES = [
    *(
        pytest.param(("real", name), marks=() if name in EMBEDDED else pytest.mark.real_data)
        for name in LOADERS
    ),
    *(pytest.param(("synthetic", name)) for name in DATASET_INFO),
]
Source = tuple[str, str, dict[str, Examples]]


@pytest.fixture(scope="module", params=SOURCES, ids="-".join)
def source(
    request: pytest.FixtureRequest,
    real_data_dir: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Source:
    """Kind, name and stored splits of a set."""
    kind, name = request.param
    if kind == "synthetic":
        return kind, name, generate(DATASET_INFO[name])
    nowhere = tmp_path_factory.mktemp("data_dir")
    data_dir = nowhere if name in EMBEDDED else real_data_dir(name)
    key = LOADERS[name].source_key(data_dir, offline=True)
    return kind, name, load_or_decode(name, key, lambda: LOADERS[name].decode(data_dir)).stored


def test_names() -> None:
    """Config classes, loaders and DatasetInfo know the same sets."""
    sections = get_args(get_args(DataConfig)[0])
    names = [get_args(section.model_fields["name"].annotation)[0] for section in sections]
    assert names == list(LOADERS) == list(DATASET_INFO)
    assert [info.name for info in DATASET_INFO.values()] == names


def test_inputs(source: Source) -> None:
    """Inputs have the stated shape and dtype, as many as stated, and every split is there."""
    _, name, stored = source
    info = DATASET_INFO[name]
    assert {split: len(examples) for split, examples in stored.items()} == info.num_examples
    for split, examples in stored.items():
        assert examples.inputs.shape == (info.num_examples[split], *info.input_shape)
        assert str(examples.inputs.dtype) == info.input_dtype


def test_labels(source: Source) -> None:
    """Labels are int32, each class occurs in each split, and each class has a name."""
    _, name, stored = source
    info = DATASET_INFO[name]
    assert len(info.class_names) == info.num_classes
    for split, examples in stored.items():
        assert examples.labels.shape == (info.num_examples[split],)
        assert examples.labels.dtype == np.int32
        assert sorted(set(examples.labels.tolist())) == list(range(info.num_classes))


def test_statistics(source: Source) -> None:
    """Mean and standard deviation are those of the training inputs within 1 %."""
    kind, name, stored = source
    if kind == "synthetic":
        pytest.skip("generated examples have statistics of their own")
    info, inputs = DATASET_INFO[name], stored["train"].inputs
    assert inputs.mean(dtype=np.float64) == pytest.approx(info.mean, rel=0.01)
    assert inputs.std(dtype=np.float64) == pytest.approx(info.standard_deviation, rel=0.01)


def test_no_example_twice(source: Source) -> None:
    """No stored test example is a stored training example."""
    _, _, stored = source
    train, test = ({row.tobytes() for row in stored[split].inputs} for split in ("train", "test"))
    assert not train & test


def test_content_is_pinned(tmp_path: Path) -> None:
    """The digits and their split are the same for everybody, to the last bit."""
    stored = LOADERS["digits"].decode(tmp_path)
    assert fingerprint(stored)[:16] == "e0716ec56e4b939c"


def test_fingerprint() -> None:
    """One changed label, another dtype, another shape or another split name is another content."""
    inputs, labels = np.zeros((4, 2, 2, 1), np.uint8), np.zeros(4, np.int32)
    changed = np.array([0, 0, 1, 0], np.int32)
    contents = [
        {"train": Examples(inputs, labels)},
        {"train": Examples(inputs, changed)},
        {"train": Examples(inputs, labels.astype(np.int64))},
        {"train": Examples(inputs.reshape(4, 4, 1, 1), labels)},
        {"test": Examples(inputs, labels)},
    ]
    assert len({fingerprint(content) for content in contents}) == len(contents)
    assert fingerprint(contents[0]) == fingerprint({"train": Examples(inputs.copy(), labels)})
