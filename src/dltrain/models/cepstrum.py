"""Mel-frequency cepstral coefficients: the cosine transform of log-mel features."""

from typing import Any

import keras
import numpy as np


def cepstrum(tensor: keras.KerasTensor, coefficients: int) -> keras.KerasTensor:
    """The lowest coefficients of the cosine transform over the mel bands.

    It is part of the model and not of the cached features, because augmentation adds noise
    and masks on the mel bands.

    Args:
        tensor: ``(batch, frames, mels)``.
        coefficients: how many are kept, at most ``mels``.

    Returns:
        ``(batch, frames, coefficients)``.
    """
    return keras.ops.matmul(tensor, cosine_transform(tensor.shape[-1], coefficients))


def cosine_transform(length: int, coefficients: int) -> np.ndarray[Any, Any]:
    """The orthonormal DCT-II (Ahmed, Natarajan and Rao 1974), lowest coefficients first.

    Returns:
        ``(length, coefficients)`` float32 with orthonormal columns.
    """
    positions = (np.arange(length) + 0.5)[:, np.newaxis]
    matrix = np.cos(np.pi / length * positions * np.arange(coefficients))
    matrix *= np.sqrt(2.0 / length)
    matrix[:, 0] = np.sqrt(1.0 / length)
    return matrix.astype(np.float32)
