"""Examples fetched for each call are those that would be gathered on the device, to the bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import DistributionConfig
from dltrain.data.examples import Examples
from dltrain.devices.strategy import make_strategy
from dltrain.training import streamed
from dltrain.training.shares import positions_of
from dltrain.training.streamed import make_streamed

EXAMPLES = Examples(
    np.random.RandomState(0).randint(0, 256, (30, 5, 3, 1)).astype(np.uint8),
    np.arange(30, dtype=np.int32),
)
CALL = np.random.RandomState(1).permutation(30)[:24].reshape(3, 8).astype(np.int32)


@pytest.mark.parametrize(("replicas", "parts", "on_gpu"), [(1, 1, True), (2, 2, False)])
def test_fetch(replicas: int, parts: int, on_gpu: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each replica finds its examples in the rows it is given, and has no others."""
    monkeypatch.setattr(streamed, "are_gpus", lambda _: on_gpu)
    strategy = make_strategy(DistributionConfig(replicas=replicas))
    supply = make_streamed(strategy, EXAMPLES, parts)
    columns = [strategy.experimental_local_results(each) for each in supply.fetch(CALL)]
    for replica, (inputs, labels, rows) in enumerate(zip(*columns, strict=True)):
        mine = positions_of(8, parts, replica, replicas)
        assert len(inputs) == len(labels) == 24 // replicas
        for step in range(3):
            where, wanted = rows[step].numpy()[mine], CALL[step, mine]
            found = supply.inputs.gather(inputs, tf.constant(where)).numpy()
            np.testing.assert_array_equal(found, EXAMPLES.inputs[wanted])
            truth = supply.labels.gather(labels, tf.constant(where)).numpy()
            np.testing.assert_array_equal(truth, wanted)


def test_filled_up() -> None:
    """A call filled up with steps that are never reached brings as many rows as a whole one."""
    short = np.pad(CALL[:1], ((0, 2), (0, 0)))
    inputs, labels, rows = make_streamed(tf.distribute.get_strategy(), EXAMPLES, 1).fetch(short)
    assert len(inputs) == len(labels) == 24
    assert labels.numpy()[rows[0].numpy()].tolist() == CALL[0].tolist()


def test_mapped_examples_stay_on_disk(tmp_path: Path) -> None:
    """Of a memory map nothing is copied until it is fetched."""
    mapped = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.uint8, (30, 5, 3, 1))
    supply = make_streamed(tf.distribute.get_strategy(), Examples(mapped, EXAMPLES.labels), 1)
    assert np.shares_memory(supply.examples.inputs, mapped)


RANDOM = {"augmentation": {"translate": 1, "mixup": 1.0}, "limit": 101, "batch_size": 24}


def test_same_bits(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Stopped in mid-epoch and gone on, a streamed training ends on the bits of a resident one.

    With batch norm, dropout, augmentation, a short last call and a ragged last batch.
    """

    def settings(resident: bool) -> Any:
        train_section = {"epochs": 2, "steps_per_call": 3}
        return small("mlp", data={**RANDOM, "resident": resident}, train=train_section)

    resident = train(tmp_path / "resident", settings(True))
    train(tmp_path / "streamed", settings(False), stop_at=3)
    resumed = train(tmp_path / "streamed", settings(False))
    assert resumed.watcher.facts.resumed_step == 3
    assert "0 MiB of training examples are read as they are needed" in resumed.watcher.facts.notes
    resumed.assert_same(resident)


def test_same_bits_on_replicas(train: Callable[..., Any], small: Any, tmp_path: Path) -> None:
    """Two replicas that fetch their shares end on the bits of two that hold the whole set.

    The last batch is one example, which both compute.
    """

    def settings(resident: bool) -> Any:
        data = {**RANDOM, "limit": 49, "resident": resident}
        distribution = {"name": "mirrored", "replicas": 2}
        train_section = {"epochs": 1, "accumulation": 2}
        return small("mlp", data=data, train=train_section, distribution=distribution)

    resident = train(tmp_path / "resident", settings(True))
    train(tmp_path / "streamed", settings(False)).assert_same(resident)
