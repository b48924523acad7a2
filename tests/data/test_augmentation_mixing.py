"""Squares are blanked out, and images are mixed with the one before, as asked."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import AudioAugmentationConfig, ImageAugmentationConfig
from dltrain.config.schema.data import BreastCancerConfig, Cifar10Config, SpeechCommandsConfig
from dltrain.data.augmentation import examples_before, make_mix
from dltrain.data.augmentation.boxes import boxes, make_cutout
from dltrain.data.augmentation.mixing import beta_quantiles
from dltrain.dataset_info import DATASET_INFO

CIFAR = DATASET_INFO["cifar10"]


def mixed(images: Any, indices: Any = None, seed: int = 0, **knobs: float) -> Any:
    """The mixtures of images, and the share of each in its own."""
    config = Cifar10Config(name="cifar10", augmentation=ImageAugmentationConfig(**knobs))
    mix = make_mix(config, seed, CIFAR)
    assert mix is not None
    indices = tf.range(len(images)) if indices is None else indices
    return [result.numpy() for result in mix(images, indices, tf.constant(1))]


def black_and_white(count: int) -> Any:
    """Images that are all black, but for a white one behind each."""
    images = np.zeros((count, 32, 32, 3), np.uint8)
    images[1::2] = 200
    return images


def test_boxes_by_hand() -> None:
    """A box lies around its pixel, and what is outside of the image is cut off."""
    row, column = tf.constant([1, 0], tf.int64), tf.constant([2, 3], tf.int64)
    sizes = tf.constant([2, 3], tf.int64), tf.constant([1, 4], tf.int64)
    found = boxes(row, column, *sizes, shape=(3, 4)).numpy()[..., 0].astype(int).tolist()
    assert found == [
        [[0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]],
        [[0, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]],
    ]


def test_cutout() -> None:
    """A square of the side asked for is painted in the mean colour, less at a border."""
    cutout = make_cutout(ImageAugmentationConfig(cutout=8), 0, CIFAR)
    assert cutout is not None
    images = np.full((2000, 32, 32, 3), 255, np.uint8)
    changed = cutout(images, tf.range(2000), tf.constant(1)).numpy()
    is_covered = (changed != 255).any(axis=-1)
    assert (changed[is_covered] == np.round(CIFAR.mean)).all()
    areas = is_covered.sum(axis=(1, 2))
    assert areas.max() == 64
    # On average (8 * 32 - 4 * 3 / 2 - 4 * 5 / 2) / 32 of each side is inside.
    assert areas.mean() == pytest.approx(7.5**2, abs=0.8)
    assert is_covered.mean(axis=0).min() > 0.01  # corners too


def test_mixup() -> None:
    """Every pixel of a mixture is that of both images, by the share that is given."""
    images = black_and_white(2001)
    changed, shares = mixed(images, mixup=0.4)
    own, partners = images[1:, 0, 0, 0].astype(float), images[:-1, 0, 0, 0]
    expected = np.round(shares * own + (1 - shares) * partners)
    np.testing.assert_array_equal(
        changed, np.broadcast_to(expected[:, None, None, None], changed.shape)
    )
    assert shares.mean() == pytest.approx(0.5, abs=0.04)
    assert shares.var() == pytest.approx(1 / (4 * 1.8), rel=0.05)


def test_cutmix() -> None:
    """A rectangle of the partner covers the image; the rest is the share that is given."""
    images = black_and_white(2001)
    changed, shares = mixed(images, cutmix=1.0)
    is_own = changed[..., 0] == images[1:, :1, :1, 0]
    np.testing.assert_array_equal(is_own, (changed == images[1:]).all(axis=-1))
    np.testing.assert_allclose(is_own.mean(axis=(1, 2)), shares, atol=1e-6)
    for rows in ((~is_own).any(axis=2), (~is_own).any(axis=1)):  # one stretch along either axis
        assert (np.abs(np.diff(rows.astype(int), axis=1)).sum(axis=1) <= 2).all()
    assert is_own.any(axis=1).any(axis=1).mean() > 0.9
    assert 0.5 < shares.mean() < 0.7  # boxes are cut off at borders


def test_either() -> None:
    """With both, half of the images get a rectangle and half are added to each other."""
    changed, _ = mixed(black_and_white(1001), mixup=1.0, cutmix=1.0)
    is_pure = np.isin(changed[..., 0], (0, 200)).all(axis=(1, 2))
    assert is_pure.mean() == pytest.approx(0.5, abs=0.08)


def test_any_share() -> None:
    """Two shares of a batch, each with the image before it, are mixed like the whole."""
    images = np.random.RandomState(0).randint(0, 256, (22, 32, 32, 3)).astype(np.uint8)
    indices = tf.constant(np.random.RandomState(1).permutation(22), tf.int32)
    whole = mixed(images, indices, mixup=1.0, cutmix=1.0)
    halves = [
        mixed(images[s], indices[s], mixup=1.0, cutmix=1.0) for s in (slice(12), slice(11, 22))
    ]
    for result, parts in zip(whole, zip(*halves, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(parts), result)
    other = mixed(images, indices, seed=1, mixup=1.0, cutmix=1.0)[1]
    assert np.abs(other - whole[1]).max() > 0.1


@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0, 2.0, 10.0])
def test_beta_quantiles(alpha: float) -> None:
    """Mean, variance and fourth moment are those of Beta(alpha, alpha), exactly for two alphas."""
    found = beta_quantiles(alpha)
    assert (np.diff(found) >= 0).all()
    moments = np.cumprod([(alpha + k) / (2 * alpha + k) for k in range(4)])
    for power, moment in enumerate(moments, start=1):
        assert (found**power).mean() == pytest.approx(moment, rel=5e-4)
    chances = (np.arange(len(found)) + 0.5) / len(found)
    if alpha == 0.5:
        assert found == pytest.approx(np.sin(np.pi * chances / 2) ** 2, abs=1e-6)
    if alpha == 1.0:
        assert found == pytest.approx(chances, abs=1e-6)


def test_off() -> None:
    """Nothing is mixed where nothing asks for it; tables never are."""
    plain = Cifar10Config(name="cifar10", augmentation=ImageAugmentationConfig(cutout=8))
    for config in (plain, Cifar10Config(name="cifar10"), BreastCancerConfig(name="breast_cancer")):
        assert make_mix(config, 0, CIFAR) is None


def test_mixed_sounds() -> None:
    """Each sound becomes shares of itself and of the one before; halves are as likely as wholes."""
    levels = np.arange(2001, dtype=np.float32)
    sounds = np.tile(levels[:, np.newaxis, np.newaxis], (1, 3, 2))
    augmentation = AudioAugmentationConfig(mixup=1.0)
    config = SpeechCommandsConfig(name="speech_commands", augmentation=augmentation)
    mix = make_mix(config, 0, DATASET_INFO["speech_commands"])
    assert mix is not None
    found, shares = (part.numpy() for part in mix(sounds, tf.range(2001), tf.constant(1)))
    np.testing.assert_allclose(found, sounds[:-1] + shares[:, np.newaxis, np.newaxis], atol=2e-4)
    np.testing.assert_allclose(np.quantile(shares, [0, 0.25, 0.5, 1]), [0, 0.25, 0.5, 1], atol=0.05)
    assert (examples_before(config), found.shape) == (1, (2000, 3, 2))
