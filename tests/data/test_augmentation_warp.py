"""Images are turned, scaled, slanted and bent as asked, each example for itself."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import ElasticConfig, ImageAugmentationConfig
from dltrain.data.augmentation.elastic import make_displacements, smoothing
from dltrain.data.augmentation.warp import (
    affine_places,
    draw_matrix,
    make_warp,
    sampled,
    source_matrix,
)
from dltrain.dataset_info import DATASET_INFO

DIGITS = DATASET_INFO["digits"]
EVERYTHING = {"rotate": 20.0, "scale": 0.2, "shear": 0.2, "elastic": ElasticConfig(sigma=2.0)}
UNCHANGED = {"cosine": 1.0, "sine": 0.0, "slant": 0.0, "factor": 1.0}


def noise(count: int, shape: tuple[int, int, int]) -> Any:
    """Images of random pixels."""
    return np.random.RandomState(0).randint(0, 256, (count, *shape)).astype(np.uint8)


def drawn(images: Any, **change: float) -> Any:
    """The images after one change of all of them."""
    values = {**UNCHANGED, **change}
    matrix = source_matrix(
        **{key: tf.constant([values[key]] * len(images), tf.float32) for key in values}
    )
    return sampled(images, affine_places(matrix, images.shape[1:3])).numpy()


def turned(images: Any, degrees: float) -> Any:
    """The images after a turn."""
    angle = np.radians(degrees)
    return drawn(images, cosine=np.cos(angle), sine=np.sin(angle))


@pytest.mark.parametrize("shape", [(8, 8, 1), (5, 7, 3)])
def test_identity(shape: tuple[int, int, int]) -> None:
    """An image that is not turned, scaled or slanted stays what it is."""
    images = noise(3, shape)
    np.testing.assert_array_equal(drawn(images), images)


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3])
@pytest.mark.parametrize("size", [4, 5])
def test_right_angles(quarters: int, size: int) -> None:
    """Turns by right angles are exact, and counter-clockwise."""
    images = noise(2, (size, size, 3))
    expected = np.rot90(images, quarters, axes=(1, 2))
    np.testing.assert_array_equal(turned(images, 90 * quarters), expected)


def test_scale() -> None:
    """Twice as large, a centre of two by two fills four by four; half as large, black is around."""
    image = np.zeros((1, 4, 4, 1), np.uint8)
    image[0, 1:3, 1:3, 0] = [[100, 200], [60, 80]]
    larger = drawn(image, factor=2.0)[0, 1:3, 1:3, 0].tolist()
    # The pixels of the middle lie a quarter of the way from one source pixel to the next.
    assert larger == [[110, 150], [80, 100]]
    white = drawn(np.full((1, 4, 4, 1), 200, np.uint8), factor=0.5)[0, :, :, 0]
    # Pixels of the border come from 1.5 pixels beyond it.
    assert white.tolist() == [[0] * 4, [0, 200, 200, 0], [0, 200, 200, 0], [0] * 4]


def test_slant() -> None:
    """A slant of one moves a row to the right by one for each row further down."""
    image = np.zeros((1, 3, 3, 1), np.uint8)
    image[0, :, 1, 0] = [10, 20, 30]
    moved = drawn(image, slant=1.0)[0, :, :, 0]
    assert moved.tolist() == [[10, 0, 0], [0, 20, 0], [0, 0, 30]]


def test_between_pixels() -> None:
    """Between pixels is their mean by distance, and beyond the border it fades into black."""
    image = np.array([[[10], [20]], [[30], [40]]], np.uint8)[np.newaxis]
    rows = tf.constant([[[0.5, 0.0], [1.25, -0.5]]])
    columns = tf.constant([[[0.5, 0.75], [0.0, 9.0]]])
    assert sampled(image, (rows, columns)).numpy().ravel().tolist() == [25, 18, 22, 0]


def test_range_of_changes() -> None:
    """Angles and sizes fill what is asked for, to both sides."""
    config = ImageAugmentationConfig(rotate=30.0, scale=0.25, shear=0.5)
    a, b, c, d = draw_matrix(config, 0, tf.constant(1), tf.range(4000))
    angles = np.degrees(np.arctan2(b, a))
    factors = 1 / np.hypot(a, b)
    slants = -(np.stack([c, d], 1) * np.stack([a, b], 1)).sum(1) * factors**2
    for found, largest, middle in ((angles, 30, 0), (factors, 0.25, 1), (slants, 0.5, 0)):
        assert np.abs(found - middle).max() <= largest * (1 + 1e-5)
        assert found.min() == pytest.approx(middle - largest, abs=0.01 * largest)
        assert found.max() == pytest.approx(middle + largest, abs=0.01 * largest)
        assert found.mean() == pytest.approx(middle, abs=0.05 * largest)
    assert abs(np.corrcoef([angles, factors, slants]) - np.eye(3)).max() < 0.08


def test_elastic_strength() -> None:
    """The fields are as strong and as smooth as noise at every pixel, smoothed by a Gaussian."""
    alpha, sigma, size = 20.0, 2.0, 12
    displacements = make_displacements(ElasticConfig(alpha=alpha, sigma=sigma), 0, (size, size))
    fields = displacements(tf.range(4000), tf.constant(1)).numpy()
    assert fields.shape == (2, 4000, size, size)
    variance = alpha**2 / 3 / (4 * np.pi * sigma**2)
    assert fields.var(axis=(1)) == pytest.approx(np.full((2, size, size), variance), rel=0.15)
    for distance in (1, 3, 5):
        expected = np.exp(-(distance**2) / (4 * sigma**2))
        for first, second in (
            (fields[..., distance:, :], fields[..., :-distance, :]),
            (fields[..., distance:], fields[..., :-distance]),
        ):
            assert (first * second).mean() / variance == pytest.approx(expected, abs=0.04)
    assert abs((fields[0] * fields[1]).mean()) < 0.02 * variance


@pytest.mark.parametrize("sigma", [1.0, 4.0, 100.0])
def test_smoothing(sigma: float) -> None:
    """Noise comes out with the correlations of a Gaussian's, to a thousandth, also at borders."""
    weights = smoothing(28, sigma)
    squares = weights @ weights.T * 2 * np.sqrt(np.pi) * sigma
    distances = np.subtract.outer(np.arange(28), np.arange(28))
    assert squares == pytest.approx(np.exp(-(distances**2) / (4 * sigma**2)), abs=3e-3)


def test_any_batch() -> None:
    """An example is changed alike in whatever batch, compiled or not, and anew in each epoch."""
    images, indices = noise(33, (8, 8, 1)), tf.range(100, 133)
    warp = make_warp(ImageAugmentationConfig(**EVERYTHING), 3, DIGITS)
    assert warp is not None
    whole = warp(images, indices, tf.constant(1)).numpy()
    for part in (slice(0, 1), slice(1, 18), slice(18, 33)):
        again = warp(images[part], indices[part], tf.constant(1)).numpy()
        np.testing.assert_array_equal(again, whole[part])
    compiled = tf.function(warp, autograph=False)(images, indices, tf.constant(1))
    np.testing.assert_array_equal(compiled.numpy(), whole)
    other = warp(images, indices, tf.constant(2)).numpy()
    assert (other != whole).any(axis=(1, 2, 3)).all()


def test_off() -> None:
    """Nothing is drawn again where nothing asks for it."""
    assert make_warp(ImageAugmentationConfig(flip="random", translate=2), 0, DIGITS) is None
