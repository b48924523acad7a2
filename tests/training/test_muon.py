"""Muon: momentum made orthogonal, for dense and convolution kernels alike."""

from typing import Any

import numpy as np
import pytest

GENERATOR = np.random.default_rng(5)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (3, 3, 4, 8), (3, 3, 2, 30)])
def test_singular_values(tensorflow: None, shape: tuple[int, ...]) -> None:  # noqa: ARG001
    """Five iterations bring all singular values of a kernel near one and keep its singular vectors."""
    from dltrain.training.muon import orthogonal

    kernel = GENERATOR.normal(size=shape).astype("f4")
    found = orthogonal(kernel, 5).numpy().reshape(-1, shape[-1])
    left, _, right = np.linalg.svd(kernel.reshape(-1, shape[-1]), full_matrices=False)
    inside = left.T @ found @ right.T
    assert np.diag(inside) == pytest.approx(np.ones(len(inside)), abs=0.35)
    assert np.abs(inside - np.diag(np.diag(inside))).max() < 1e-3


def test_zero_stays_zero(tensorflow: None) -> None:  # noqa: ARG001
    """A kernel without a gradient is not moved."""
    from dltrain.training.muon import orthogonal

    assert not orthogonal(np.zeros((3, 4), "f4"), 5).numpy().any()


def numpy_steps(kernel: Any, gradients: list[Any], rate: float) -> Any:
    """Jordan's update of a convolution kernel (3, 3, 2, 4), written down in NumPy."""
    total = np.zeros_like(kernel)
    for gradient in gradients:
        total = 0.6 * total + gradient
        direction = (gradient + 0.6 * total).reshape(-1, 4).T
        direction = direction / (np.linalg.norm(direction) + 1e-7)
        for _ in range(3):
            square = direction @ direction.T
            factor = -4.7750 * square + 2.0315 * square @ square
            direction = 3.4445 * direction + factor @ direction
        kernel = kernel * (2.0 / np.linalg.norm(kernel)) - rate * direction.T.reshape(kernel.shape)
    return kernel


def test_updates_of_a_convolution(tensorflow: None) -> None:  # noqa: ARG001
    """Two updates with Nesterov's momentum and the norm kept are those of NumPy."""
    import keras
    import tensorflow as tf

    from dltrain.training.muon import Muon

    kernel = GENERATOR.normal(size=(3, 3, 2, 4)).astype("f4")
    gradients = [GENERATOR.normal(size=kernel.shape).astype("f4") for _ in range(2)]
    variable = keras.Variable(kernel)
    optimizer = Muon(0.1, momentum=0.6, nesterov=True, newton_schulz_steps=3, keep_norm=True)
    optimizer.build([variable])
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)])
    np.testing.assert_allclose(
        variable.numpy(), numpy_steps(kernel, gradients, 0.1), rtol=1e-4, atol=1e-5
    )
