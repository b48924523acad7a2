"""Images are mirrored, cropped and moved as asked, each example for itself."""

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.schema import DistributionConfig, ImageAugmentationConfig
from dltrain.config.schema.data import BreastCancerConfig, Cifar10Config, DigitsConfig
from dltrain.data.augmentation import Augment, make_augment
from dltrain.data.augmentation.moves import sources
from dltrain.data.examples import Examples
from dltrain.dataset_info import DATASET_INFO
from dltrain.devices.strategy import make_strategy

EVERYTHING: dict[str, Any] = {"flip": "random", "translate": 1, "pad_and_crop": 2}
NO_EXAMPLES = Examples(np.zeros((0, 1), np.uint8), np.zeros(0, np.int32))


def make(seed: int = 0, dataset: str = "digits", **knobs: Any) -> Augment:
    """The augmentation of a set of images."""
    classes = {"digits": DigitsConfig, "cifar10": Cifar10Config}
    config = classes[dataset](name=dataset, augmentation=ImageAugmentationConfig(**knobs))
    augment = make_augment(config, seed, DATASET_INFO[dataset], NO_EXAMPLES, np.arange(0))
    assert augment is not None
    return augment


def apply(augment: Augment, images: Any, indices: Any = None, epoch: int = 1) -> Any:
    """The changed images; by default those of the first examples."""
    indices = range(len(images)) if indices is None else indices
    batch = tf.constant(images), tf.constant(list(indices), tf.int32), tf.constant(epoch)
    return augment(*batch).numpy()


def copies(count: int, shape: tuple[int, int, int] = (8, 8, 1)) -> Any:
    """One image many times; all its pixels differ, and none is black."""
    image = np.arange(1, 1 + np.prod(shape)).reshape(shape).astype(np.uint8)
    return np.stack([image] * count)


def by_hand(image: Any, flip: bool, crop: tuple[int, int], shift: tuple[int, int]) -> Any:
    """Mirror, pad with a mirrored border and crop, and move, one after the other in NumPy."""
    image = image[:, ::-1] if flip else image
    border = max(*map(abs, crop), 0)
    padded = np.pad(image, ((border, border), (border, border), (0, 0)), mode="reflect")
    (top, left), (height, width) = (border + crop[0], border + crop[1]), image.shape[:2]
    image = padded[top : top + height, left : left + width]
    moved = np.zeros_like(image)
    for row, column in product(range(height), range(width)):
        source = row - shift[0], column - shift[1]
        if 0 <= source[0] < height and 0 <= source[1] < width:
            moved[row, column] = image[source]
    return moved


def test_sources_by_hand() -> None:
    """A row of four places, mirrored, cropped and moved: 4 is the black place."""
    cases = {
        (False, 0, 0): [0, 1, 2, 3],
        (True, 0, 0): [3, 2, 1, 0],
        (False, 0, 1): [4, 0, 1, 2],
        (False, 0, -3): [3, 4, 4, 4],
        (False, -2, 0): [2, 1, 0, 1],
        (False, 3, 0): [3, 2, 1, 0],
        (True, 1, 0): [2, 1, 0, 1],
        (True, 1, 2): [4, 4, 2, 1],
    }
    flipped, *moves = zip(*cases, strict=True)
    crop, shift = (tf.constant(column, tf.int64) for column in moves)
    found = sources(4, flipped=tf.constant(flipped), crop=crop, shift=shift).numpy().tolist()
    assert found == list(cases.values())


@pytest.mark.parametrize("knob", ["translate", "pad_and_crop"])
def test_every_place_occurs(knob: str) -> None:
    """All 25 moves by up to two pixels occur, equally often, and nothing else."""
    images = copies(1000)
    moves = list(product(range(-2, 3), repeat=2))
    crop_or_shift = (lambda m: ((0, 0), m)) if knob == "translate" else (lambda m: (m, (0, 0)))
    names = {by_hand(images[0], False, *crop_or_shift(move)).tobytes(): move for move in moves}
    assert len(names) == 25
    found = [names[image.tobytes()] for image in apply(make(**{knob: 2}), images)]
    counts = [found.count(move) for move in moves]
    assert min(counts) > 40 - 5 * 40**0.5
    assert max(counts) < 40 + 5 * 40**0.5


def test_everything_together() -> None:
    """Mirrored, then cropped, then moved; colours of a pixel stay together."""
    images = copies(40, (32, 32, 3))
    around = list(product(range(-1, 2), repeat=2))
    expected = {
        by_hand(images[0], flip, crop, shift).tobytes()
        for flip, crop, shift in product((False, True), around, around)
    }
    augment = make(dataset="cifar10", flip="random", translate=1, pad_and_crop=1)
    changed = apply(augment, images)
    assert changed.dtype == np.uint8
    assert changed.shape == images.shape
    assert all(image.tobytes() in expected for image in changed)
    assert len({image.tobytes() for image in changed}) > 20


def test_random_flip() -> None:
    """About half of the images are mirrored, in every epoch other ones."""
    images, augment = copies(1000), make(flip="random")
    flipped = []
    for epoch in (1, 2):
        changed = apply(augment, images, epoch=epoch)
        flipped.append(np.array([image[0, 0, 0] != 1 for image in changed]))
        as_is = np.where(flipped[-1][:, None, None, None], changed[:, :, ::-1], changed)
        np.testing.assert_array_equal(as_is, images)
        assert flipped[-1].sum() == pytest.approx(500, abs=80)
    assert (flipped[0] == flipped[1]).sum() == pytest.approx(500, abs=80)


def test_alternating_flip() -> None:
    """The first orientation is random; then an image turns over in every epoch."""
    images, augment = copies(1000), make(flip="alternating")
    epochs = [apply(augment, images, epoch=epoch) for epoch in range(1, 5)]
    assert (epochs[0][:, 0, 0, 0] == 1).sum() == pytest.approx(500, abs=80)
    for before, after in pairwise(epochs):
        np.testing.assert_array_equal(after, before[:, :, ::-1])


def test_alternating_flip_while_moving() -> None:
    """Moves are drawn anew in every epoch, though flips only turn over."""
    images, augment = copies(50), make(flip="alternating", translate=2)
    first, third = (apply(augment, images, epoch=epoch) for epoch in (1, 3))
    assert (first != third).any(axis=(1, 2, 3)).sum() > 30


def test_repeats() -> None:
    """The same seed and epoch change an example alike; another seed or epoch does not."""
    images = copies(50)
    first = apply(make(**EVERYTHING), images)
    np.testing.assert_array_equal(apply(make(**EVERYTHING), images), first)
    for other in (apply(make(**EVERYTHING), images, epoch=2), apply(make(1, **EVERYTHING), images)):
        assert (first != other).any(axis=(1, 2, 3)).sum() > 30


def test_any_batch() -> None:
    """An example is changed alike in whatever batch, and at whatever place of it."""
    images = np.random.RandomState(0).randint(0, 256, (60, 8, 8, 1)).astype(np.uint8)
    indices = np.arange(100, 160)
    augment = make(**EVERYTHING)
    whole = apply(augment, images, indices)
    halves = [apply(augment, images[part], indices[part]) for part in (slice(30), slice(30, 60))]
    np.testing.assert_array_equal(np.concatenate(halves), whole)
    order = np.random.RandomState(1).permutation(60)
    np.testing.assert_array_equal(apply(augment, images[order], indices[order]), whole[order])


def test_compiled() -> None:
    """Compiled functions and replicas give what plain calls give, to the bit."""
    images = np.random.RandomState(0).randint(0, 256, (30, 8, 8, 1)).astype(np.uint8)
    augment = make(**{**EVERYTHING, "flip": "alternating"})
    arguments = tf.constant(images), tf.range(30), tf.constant(5)
    eager = augment(*arguments).numpy()
    for jit in (False, True):
        compiled = tf.function(augment, jit_compile=jit, autograph=False)
        np.testing.assert_array_equal(compiled(*arguments).numpy(), eager)
    strategy = make_strategy(DistributionConfig(name="mirrored", replicas=2))
    on_replicas = tf.function(lambda *batch: strategy.run(augment, batch), autograph=False)
    for result in strategy.experimental_local_results(on_replicas(*arguments)):
        np.testing.assert_array_equal(result.numpy(), eager)


def test_off() -> None:
    """Without anything to change there is no augmentation; tables never have one."""
    info = DATASET_INFO["digits"]
    for config in (
        DigitsConfig(name="digits"),
        DigitsConfig(name="digits", augmentation=ImageAugmentationConfig()),
        BreastCancerConfig(name="breast_cancer"),
    ):
        assert make_augment(config, 0, info, NO_EXAMPLES, np.arange(0)) is None
