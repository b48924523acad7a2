"""Log-mel features: the same numbers eagerly, compiled, and reloaded by plain Keras."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import LogMelConfig, SpeechCommandsConfig
from dltrain.data.log_mel import OFFSET, log_mel, mel_filters
from dltrain.dataset_info import DatasetInfo

RATE = 16_000
WINDOWS = [(30.0, 10.0, 98), (25.0, 10.0, 98), (40.0, 20.0, 49), (1000.0, 10.0, 1), (32, 32, 31)]


def setting(**changes: Any) -> tuple[LogMelConfig, DatasetInfo]:
    """Features with the given changes, and what is known of recordings under them."""
    features = LogMelConfig(**changes)
    return features, info_of(SpeechCommandsConfig(name="speech_commands", features=features))


def noise(count: int) -> np.ndarray[Any, Any]:
    """Recordings of noise."""
    return np.random.RandomState(0).uniform(-0.5, 0.5, (count, RATE)).astype(np.float32)


def tone(hertz: float, amplitude: float = 0.5) -> np.ndarray[Any, Any]:
    """One recording of one frequency."""
    turns = hertz * np.arange(RATE) / RATE
    return (amplitude * np.sin(2 * np.pi * turns)).astype(np.float32)[np.newaxis]


@pytest.mark.parametrize(("window_ms", "hop_ms", "frames"), WINDOWS)
def test_frames(window_ms: float, hop_ms: float, frames: int) -> None:
    """A frame for each whole window, as many as the DatasetInfo says, in float32."""
    features, info = setting(window_ms=window_ms, hop_ms=hop_ms, mels=12)
    values = log_mel(tf.constant(noise(2)), features, info)
    assert values.shape == (2, frames, 12)
    assert info.input_shape == (frames, 12)
    assert values.dtype == tf.float32


@pytest.mark.parametrize("hertz", [250.0, 1000.0, 4000.0])
def test_tone(hertz: float) -> None:
    """A pure tone is loudest in the band whose peak is next to it on the mel scale."""
    features, info = setting()
    values = log_mel(tf.constant(tone(hertz)), features, info).numpy()[0]

    def mel(frequency: float) -> float:
        return 2595 * np.log10(1 + frequency / 700)  # the other way to write the same scale

    peaks = np.linspace(mel(20), mel(7600), 42)[1:-1]
    expected = np.abs(peaks - mel(hertz)).argmin()
    assert set(values.argmax(axis=1)) == {expected}
    far = np.abs(np.arange(40) - expected) > 6
    assert values[:, expected].min() - values[:, far].max() > 8  # a factor of 3,000


def test_first_principles() -> None:
    """One value is what the definition gives in double precision."""
    features, info = setting(mels=20)
    recording = noise(1)
    value = log_mel(tf.constant(recording), features, info).numpy()[0, 3, 7]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(480) / 480)
    spectrum = np.fft.rfft(recording[0, 480:960].astype(np.float64) * window, 512)
    energy = (np.abs(spectrum) ** 2) @ mel_filters(features, info)[:, 7].astype(np.float64)
    assert value == pytest.approx(np.log(energy + OFFSET), abs=1e-5)


def test_louder() -> None:
    """Ten times the amplitude is 100 times the energy in every band."""
    features, info = setting(mels=10)
    loud, quiet = (log_mel(tf.constant(factor * noise(1)), features, info) for factor in (1.0, 0.1))
    np.testing.assert_allclose(loud - quiet, np.log(100.0), atol=1e-3)


def test_silence() -> None:
    """Digital silence is the logarithm of the offset, and so finite."""
    features, info = setting(mels=10)
    values = log_mel(tf.zeros((1, RATE)), features, info).numpy()
    np.testing.assert_array_equal(values, np.float32(np.log(np.float32(OFFSET))))


def test_filters() -> None:
    """Each band has frequencies of its own, and neighbours share each energy out among them."""
    features, info = setting()
    filters = mel_filters(features, info)
    assert filters.shape == (257, 40)
    assert (filters.max(axis=0) > 0.5).all()
    peaks = filters.argmax(axis=0)
    assert (np.diff(peaks) > 0).all()
    np.testing.assert_allclose(filters[peaks[0] + 1 : peaks[-1]].sum(axis=1), 1.0, atol=1e-6)


def test_reloaded(tmp_path: Path) -> None:
    """As a saved model that plain Keras reads again it gives the same bits as directly."""
    features, info = setting()
    waveforms = keras.Input((RATE,), name="waveforms")
    symbolic = log_mel(waveforms, features, info)
    assert symbolic.shape == (None, 98, 40)
    keras.Model(waveforms, symbolic).save(tmp_path / "log_mel.keras")
    reloaded = keras.models.load_model(tmp_path / "log_mel.keras")
    recordings = tf.constant(noise(3))
    eager = log_mel(recordings, features, info).numpy()
    assert reloaded(recordings).numpy().tobytes() == eager.tobytes()
    graph = tf.function(lambda batch: log_mel(batch, features, info), autograph=False)
    assert graph(recordings).numpy().tobytes() == eager.tobytes()
