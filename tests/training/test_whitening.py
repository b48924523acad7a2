"""What a model takes from its training images, and how convolutions may begin."""

from typing import Any

import numpy as np
import pytest


def test_whitened_patches(tensorflow: None) -> None:  # noqa: ARG001
    """The first half of the filters makes the values of a patch uncorrelated with deviation one, the other half is its negative."""
    from dltrain.training.whitening import whitening_kernel

    mixing = np.random.default_rng(2).normal(size=(6, 6))
    patches = np.random.default_rng(3).normal(size=(5000, 6)) @ mixing
    kernel = whitening_kernel(patches.T @ patches / len(patches))
    white = patches @ kernel[:, :6]
    np.testing.assert_allclose(white.T @ white / len(patches), np.eye(6), atol=0.02)
    np.testing.assert_array_equal(kernel[:, 6:], -kernel[:, :6])


def test_patches() -> None:
    """A patch's values stand in the order of a kernel's: rows, columns, channels."""
    from dltrain.training.whitening import patches_of

    images = np.arange(2 * 3 * 3 * 2).reshape(2, 3, 3, 2)
    kernel: Any = np.zeros((2, 2, 2, 4))
    patches = patches_of(images, kernel)
    assert patches.shape == (8, 8)
    assert patches[3].tolist() == images[0, 1:, 1:].ravel().tolist()


def test_a_model_begins_with_it(tensorflow: None) -> None:  # noqa: ARG001
    """The whitening layer of a new model holds what the first training images say, and no others."""
    import tensorflow as tf

    from dltrain.config.schema import CNNConfig
    from dltrain.data.dataset import Dataset
    from dltrain.data.examples import Examples
    from dltrain.dataset_info import DATASET_INFO
    from dltrain.devices.team import Team
    from dltrain.models.build import build_model
    from dltrain.training.first_values import set_first_values
    from dltrain.training.whitening import whitening_kernel

    info, random = DATASET_INFO["digits"], np.random.default_rng(4)
    stored = Examples(random.integers(0, 17, (30, 8, 8, 1), np.uint8), np.zeros(30, np.int32))
    train, none = np.array([9, 2, 21, 4]), np.arange(0)
    dataset = Dataset(info, {"train": stored}, train, none, none, "", ())
    model = build_model(CNNConfig(name="cnn", filters=(2,), whitening=2), info)
    set_first_values(model, dataset, Team(tf.distribute.get_strategy()))

    images = (stored.inputs[train, ..., 0] - info.mean) / info.standard_deviation
    corners = [images[:, i : i + 7, j : j + 7].ravel() for i in (0, 1) for j in (0, 1)]
    expected = whitening_kernel(np.stack(corners) @ np.stack(corners).T / len(corners[0]))
    found = model.get_layer("whitening").kernel.numpy()
    np.testing.assert_allclose(found.reshape(4, 8), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("filters", [3, 5])
def test_identity(tensorflow: None, filters: int) -> None:  # noqa: ARG001
    """A convolution that passes on gives its input back, as far as it has filters, and is random in those beyond."""
    import keras

    from dltrain.models.initial import pass_on

    layer = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)
    images = np.random.default_rng(0).normal(size=(2, 5, 5, 4)).astype("f4")
    layer.build(images.shape)
    pass_on(layer)
    outputs = layer(images).numpy()
    copies = min(filters, 4)
    np.testing.assert_allclose(outputs[..., :copies], images[..., :copies], rtol=1e-6)
    assert filters <= 4 or np.abs(outputs[..., 4:]).min(axis=(0, 1, 2)).all()
