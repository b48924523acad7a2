"""Words of texts are hidden as often as asked, each example for itself."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import ImdbConfig, TextAugmentationConfig
from dltrain.data.augmentation import make_augment
from dltrain.data.examples import Examples
from dltrain.dataset_info import DATASET_INFO

TEXTS = np.tile(np.r_[np.arange(2, 42), np.zeros(10)].astype(np.int32), (200, 1))
UNKNOWN = 1


def make(share: float) -> Any:
    """The augmentation of imdb, or None."""
    config = ImdbConfig(name="imdb", augmentation=TextAugmentationConfig(word_dropout=share))
    examples = Examples(TEXTS, np.zeros(200, np.int32))
    return make_augment(config, 0, DATASET_INFO["imdb"], examples, np.arange(200))


def apply(augment: Any, indices: Any, epoch: int = 1) -> Any:
    """The changed texts."""
    texts = tf.constant(TEXTS[: len(indices)])
    return augment(texts, tf.constant(list(indices), tf.int32), tf.constant(epoch)).numpy()


def test_share() -> None:
    """The asked share of the words is unknown, the others and the padding are what they were."""
    found = apply(make(0.25), range(200))
    hidden = found != TEXTS
    assert found.dtype == np.int32
    assert set(found[hidden]) == {UNKNOWN}
    assert not hidden[:, 40:].any()
    assert hidden[:, :40].mean() == pytest.approx(0.25, abs=0.02)
    assert hidden[:, :40].mean(axis=0).std() < 0.06  # no place is special


def test_each_for_itself() -> None:
    """An example is changed alike in any batch, and anew in each epoch."""
    augment = make(0.5)
    whole = apply(augment, range(20))
    np.testing.assert_array_equal(apply(augment, range(10, 20)), whole[10:])
    assert (apply(augment, range(20), epoch=2) != whole).any()


def test_graph() -> None:
    """Eagerly, compiled and with XLA the same words are hidden."""
    augment = make(0.3)
    batch = tf.constant(TEXTS[:8]), tf.range(8), tf.constant(3)
    expected = augment(*batch).numpy()
    for jit in (False, True):
        np.testing.assert_array_equal(tf.function(augment, jit_compile=jit)(*batch), expected)


def test_off() -> None:
    """Nothing to hide is nothing to do."""
    assert make(0.0) is None
