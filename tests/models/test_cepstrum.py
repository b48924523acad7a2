"""The cosine transform that makes MFCCs of mel bands."""

import keras
import numpy as np
import pytest
from scipy.fft import dct

from dltrain.models.cepstrum import cepstrum, cosine_transform


@pytest.mark.parametrize(("length", "coefficients"), [(40, 40), (40, 13), (8, 1)])
def test_orthonormal(length: int, coefficients: int) -> None:
    """Its columns have length one and are at right angles to each other."""
    matrix = cosine_transform(length, coefficients).astype(np.float64)
    assert matrix.shape == (length, coefficients)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(coefficients), atol=1e-6)


def test_coefficients() -> None:
    """What comes out are the lowest coefficients of the orthonormal DCT-II of the bands."""
    bands = np.random.RandomState(0).normal(size=(2, 5, 12)).astype(np.float32)
    values = cepstrum(keras.ops.convert_to_tensor(bands), 4)
    expected = dct(bands, type=2, norm="ortho")[..., :4]
    np.testing.assert_allclose(values, expected, atol=1e-5)
