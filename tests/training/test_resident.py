"""Stored examples lie on every replica's device, and come back as they were stored."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import DistributionConfig
from dltrain.data.examples import Examples
from dltrain.devices.strategy import make_strategy
from dltrain.training import resident
from dltrain.training.resident import for_gpu, from_words, make_resident, to_words

COLUMNS = {
    "pixels": np.random.RandomState(0).randint(0, 256, (7, 5, 3, 1)).astype(np.uint8),
    "whole words": np.random.RandomState(1).randint(0, 256, (7, 4, 4)).astype(np.uint8),
    "tokens": np.random.RandomState(2).randint(-(2**31), 2**31, (7, 5)).astype(np.int32),
    "labels": np.arange(-3, 4, dtype=np.int32),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("jit", [False, True])
def test_words(name: str, jit: bool) -> None:
    """Rows packed into words and gathered are the rows, bit for bit, with and without XLA."""
    column, chosen = COLUMNS[name], [6, 0, 0, 3]
    dtype = tf.as_dtype(column.dtype)

    @tf.function(jit_compile=jit, autograph=False)
    def gathered(words: tf.Tensor) -> tf.Tensor:
        return from_words(tf.gather(words, chosen), column.shape[1:], dtype)

    words = to_words(column)
    assert words.dtype == np.int64
    found = gathered(tf.constant(words)).numpy()
    assert found.dtype == column.dtype
    np.testing.assert_array_equal(found, column[chosen])


def test_words_of_no_examples() -> None:
    """A set without examples has no words."""
    assert to_words(COLUMNS["pixels"][:0]).shape == (0, 2)


@pytest.mark.parametrize("on_gpu", [False, True])
@pytest.mark.parametrize("replicas", [1, 2])
def test_gather(replicas: int, on_gpu: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every replica gathers the same rows, whether they are kept as words or as they are."""
    monkeypatch.setattr(resident, "are_gpus", lambda _: on_gpu)
    strategy = make_strategy(DistributionConfig(replicas=replicas))
    examples = Examples(COLUMNS["pixels"], COLUMNS["labels"])
    placed = make_resident(strategy, examples)
    assert placed.inputs.in_words == placed.labels.in_words == on_gpu

    def gather(inputs: tf.Tensor, labels: tf.Tensor) -> Any:
        indices = tf.constant([4, 1])
        return placed.inputs.gather(inputs, indices), placed.labels.gather(labels, indices)

    found = tf.function(lambda: strategy.run(gather, args=placed.stored), autograph=False)()
    for column, values in zip(("pixels", "labels"), found, strict=True):
        for copy in strategy.experimental_local_results(values):
            np.testing.assert_array_equal(copy.numpy(), COLUMNS[column][[4, 1]])


def test_numbers_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Floating-point numbers are gathered by a GPU without being packed."""
    monkeypatch.setattr(resident, "are_gpus", lambda _: True)
    sound = np.ones((2, 3), np.float32)
    placed = make_resident(tf.distribute.get_strategy(), Examples(sound, COLUMNS["labels"][:2]))
    assert not placed.inputs.in_words
    assert placed.stored[0].dtype == tf.float32


def test_replicas_of_a_second_worker() -> None:
    """A worker's replicas count on from those of the workers before it; its devices do not."""

    class SecondWorker:
        num_replicas_in_sync = 4
        extended = SimpleNamespace(worker_devices=("CPU:1", "CPU:2"))

        def experimental_distribute_values_from_function(self, function: Any) -> list[Any]:
            return [function(SimpleNamespace(replica_id_in_sync_group=each)) for each in (2, 3)]

    placed = make_resident(SecondWorker(), Examples(COLUMNS["pixels"], COLUMNS["labels"]))  # type: ignore[arg-type]
    assert [each.device[-5:] for each in placed.stored[0]] == ["CPU:1", "CPU:2"]


def test_for_gpu() -> None:
    """A change made through float16 keeps every uint8, and leaves other examples alone."""
    seen = []

    def augment(inputs: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        del indices, epoch
        seen.append(inputs.dtype)
        return tf.reverse(inputs, [1])

    pixels = np.arange(256, dtype=np.uint8).reshape(2, 128)
    changed = for_gpu(augment)(tf.constant(pixels), tf.constant([0, 1]), tf.constant(1))
    assert changed.dtype == tf.uint8
    np.testing.assert_array_equal(changed, pixels[:, ::-1])
    for_gpu(augment)(tf.constant(COLUMNS["tokens"]), tf.constant([0]), tf.constant(1))
    assert seen == [tf.float16, tf.int32]
