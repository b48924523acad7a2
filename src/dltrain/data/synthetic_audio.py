"""Generated recordings with something in them to learn.

Each class is a chord of three tones of its own, sounded once at a random moment over noise;
silence is the noise alone.
"""

from typing import Any

import numpy as np

from dltrain.data.examples import Columns
from dltrain.dataset_info import SILENCE, DatasetInfo

SEED = 20_250_101  # the set is the same for every run, as a real set is
TONES = 3
LOWEST, HIGHEST = 200.0, 6_000.0  # Hz
LARGEST_NOISE = 200  # of 32,767
QUIETEST, LOUDEST = 500.0, 3_000.0  # amplitude of one tone
CLIPS_AT_ONCE = 100  # bounds the memory beside the result to some 30 MB

Array = np.ndarray[Any, Any]


def generate_audio(info: DatasetInfo) -> dict[str, Columns]:
    """Every stored split, with as many recordings as ``info.num_examples`` says.

    Returns:
        per split ``waveforms``, ``(examples, info.waveform_samples)`` int16, and ``labels``,
        ``(examples,)`` int32.
    """
    random = np.random.RandomState(SEED)
    tones = _tones(random, info)
    return {split: _split(random, tones, info, n) for split, n in info.num_examples.items()}


def _tones(random: np.random.RandomState, info: DatasetInfo) -> Array:
    """``(classes, TONES, 2, samples)`` float32: a cosine and a sine of each tone of each class."""
    registers = np.geomspace(LOWEST, HIGHEST, TONES * info.num_classes).reshape(TONES, -1)
    hertz = np.stack([random.permutation(register) for register in registers], axis=1)
    if SILENCE in info.class_names:
        hertz[info.class_names.index(SILENCE)] = np.nan
    angles = 2.0 * np.pi / info.sample_rate * hertz[..., np.newaxis, np.newaxis]
    angles = angles * np.arange(info.waveform_samples)
    waves = np.concatenate([np.cos(angles), np.sin(angles)], axis=2)
    return np.nan_to_num(waves, nan=0.0).astype(np.float32)


def _split(random: np.random.RandomState, tones: Array, info: DatasetInfo, count: int) -> Columns:
    labels = random.randint(0, info.num_classes, size=count).astype(np.int32)
    shape = (count, info.waveform_samples)
    waveforms = random.randint(-LARGEST_NOISE, LARGEST_NOISE + 1, size=shape, dtype=np.int16)
    for start in range(0, count, CLIPS_AT_ONCE):
        here = slice(start, start + CLIPS_AT_ONCE)
        waveforms[here] += _sounds(random, tones, labels[here]).astype(np.int16)
    return {"waveforms": waveforms, "labels": labels}


def _sounds(random: np.random.RandomState, tones: Array, labels: Array) -> Array:
    """``(clips, samples)`` float32: each tone with a loudness and phase of its own."""
    loudness = random.uniform(QUIETEST, LOUDEST, size=(len(labels), TONES))
    phase = random.uniform(0.0, 2.0 * np.pi, size=(len(labels), TONES))
    weights = np.stack([loudness * np.cos(phase), loudness * np.sin(phase)], axis=2)
    weights = weights.astype(np.float32)
    sounds = np.zeros((len(labels), tones.shape[-1]), np.float32)
    for clip, label in enumerate(labels):
        sounds[clip] = np.einsum("tk,tks->s", weights[clip], tones[label])
    return sounds * _envelopes(random, sounds.shape)


def _envelopes(random: np.random.RandomState, shape: tuple[int, ...]) -> Array:
    """``(clips, samples)`` float32: one swell of half the length that begins anywhere in time."""
    clips, samples = shape
    swell = np.zeros(samples + samples // 2, np.float32)
    swell[samples // 2 : samples // 2 * 2] = np.hanning(samples // 2)
    windows = np.lib.stride_tricks.sliding_window_view(swell, samples)
    envelopes: Array = windows[random.randint(0, len(windows), size=clips)]
    return envelopes
