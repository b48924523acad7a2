"""Log-mel features of waveforms, as one graph of Keras operations.

The same function computes the features that are cached before training and stands in front
of the exported model, so that what plain Keras computes is what the model was trained on.
"""

from typing import Any

import keras
import numpy as np

from dltrain.config.dataset_facts import samples_of
from dltrain.config.mel_bands import fft_length
from dltrain.config.schema import FeaturesConfig
from dltrain.dataset_info import DatasetInfo

OFFSET = 1e-6
"""Added to every energy before the logarithm: a little above what rounding to 16 bits leaves in
the widest default band (2e-7), so that digital silence and a quiet recording look alike. It is
added and not a lower bound, because a sum stays smooth where a bound would cut."""


def log_mel(waveforms: Any, features: FeaturesConfig, info: DatasetInfo) -> Any:
    """The natural logarithm of the energy in each band of the mel scale.

    Windows (Hann) of ``window_ms`` begin every ``hop_ms``, without padding at either end. The
    squared magnitudes of their Fourier transform are summed by triangular filters.

    Args:
        waveforms: ``(batch, info.waveform_samples)`` float32 in [-1, 1]; a tensor, or a
            symbolic one.
        features: windows and bands.
        info: sample rate and length of a waveform.

    Returns:
        ``(batch, frames, mels)`` float32, ``log(energy + OFFSET)``; ``(frames, mels)`` is
        ``info.input_shape``.
    """
    window = samples_of(features.window_ms, info)
    frames = keras.ops.extract_sequences(waveforms, window, samples_of(features.hop_ms, info))
    real, imaginary = keras.ops.rfft(frames * _hann(window), fft_length(window))
    power = keras.ops.square(real) + keras.ops.square(imaginary)
    energies = keras.ops.matmul(power, mel_filters(features, info))
    return keras.ops.log(energies + OFFSET)


def mel_filters(features: FeaturesConfig, info: DatasetInfo) -> np.ndarray[Any, Any]:
    """Triangular filters, equally spaced and equally wide on the mel scale; their peaks are 1.

    A config whose filters are so narrow that they fall between two frequencies is refused
    beforehand (`dltrain.config.fit_features`).

    Returns:
        ``(fft_length / 2 + 1, mels)`` float32: the weight of each frequency in each band.
    """
    length = fft_length(samples_of(features.window_ms, info))
    bins = _mel_of(np.arange(length // 2 + 1) * (info.sample_rate / length))[:, np.newaxis]
    ends = _mel_of(np.array([features.lowest_hz, features.highest_hz]))
    edges = np.linspace(ends[0], ends[1], features.mels + 2)
    lower, peak, upper = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - lower) / (peak - lower), (upper - bins) / (upper - peak)
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def from_waveforms(model: keras.Model, features: FeaturesConfig, info: DatasetInfo) -> keras.Model:
    """The same model with the features computed in front of it.

    Args:
        model: takes ``(batch, frames, mels)`` features.
        features: how they are computed.
        info: sample rate and length of a waveform.

    Returns:
        A model that takes ``(batch, info.waveform_samples)`` float32 in [-1, 1].
    """
    waveforms = keras.Input((info.waveform_samples,), dtype="float32", name="waveforms")
    outputs = model(log_mel(waveforms, features, info))
    return keras.Model(waveforms, outputs, name=f"{model.name}_from_waveforms")


def _mel_of(hertz: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The mel scale, ``1127 ln(1 + f / 700)`` (O'Shaughnessy 1987, Speech Communication)."""
    return 1127.0 * np.log1p(hertz / 700.0)


def _hann(window: int) -> np.ndarray[Any, Any]:
    """A periodic Hann window, ``(window,)`` float32."""
    turns = np.arange(window) / window
    return (0.5 - 0.5 * np.cos(2.0 * np.pi * turns)).astype(np.float32)
