"""From waveforms to log-mel features: computed once, cached, normalised by the training part."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dltrain.config.schema import FeaturesConfig, SpeechCommandsConfig
from dltrain.config.schema.features import FeaturesSection
from dltrain.data.decode_cache import Decoded, load_or_decode
from dltrain.data.examples import Columns, Examples, fingerprint
from dltrain.data.log_mel import log_mel
from dltrain.data.rows import Decodable, Rows, in_memory
from dltrain.dataset_info import DatasetInfo
from dltrain.runs.manifest import cpu_name

VERSION = 1  # raise it when the same settings give other features
BATCH = 128  # fixed: another batch size may change the last bits of a matrix product
FULL_SCALE = 32_768.0  # of int16
ROWS_AT_ONCE = 4_096  # for statistics: a double-precision copy of 130 MB at most

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Features:
    """Log-mel features of a dataset.

    Attributes:
        examples: ``(recordings, frames, mels)`` float32 inputs, and labels, per split.
        content: fingerprint of waveforms and features.
        notices: what a person should know about the cache.
    """

    examples: dict[str, Examples]
    content: str
    notices: tuple[str, ...]


def compute_features(
    config: SpeechCommandsConfig, info: DatasetInfo, stored: dict[str, Columns], content: str
) -> Features:
    """Compute the features of every split, or read them from the cache.

    Args:
        config: the experiment's data section.
        info: the facts known so far.
        stored: ``waveforms`` and ``labels`` of every split.
        content: fingerprint of the decoded waveforms.
    """
    computed = {
        split: _features_of(split, columns["waveforms"], config, info, content)
        for split, columns in stored.items()
    }
    prints = [content, *(decoded.fingerprint for _, decoded in sorted(computed.items()))]
    return Features(
        examples={
            split: Examples(decoded.stored[split]["inputs"], stored[split]["labels"])
            for split, decoded in computed.items()
        },
        content=hashlib.sha256(" ".join(prints).encode()).hexdigest(),
        notices=tuple(decoded.notice for decoded in computed.values() if decoded.notice),
    )


def with_statistics(
    info: DatasetInfo,
    examples: dict[str, Examples],
    train: Array,
    trained_with: DatasetInfo | None,
) -> DatasetInfo:
    """The facts with mean and standard deviation of the training rows, or those of a checkpoint."""
    if trained_with is not None:
        return replace(trained_with, num_examples=info.num_examples)
    mean, deviation = _statistics(examples["train"].inputs, train)
    return replace(info, mean=(mean,), standard_deviation=(deviation,))


def _features_of(
    split: str, waveforms: Array, config: SpeechCommandsConfig, info: DatasetInfo, content: str
) -> Decoded:
    """Features of a split. Generated waveforms leave nothing in the cache.

    Another processor or another version of TensorFlow may compute other last bits, so each
    has an entry of its own.
    """

    def compute() -> Decodable:
        return {split: {"inputs": log_mel_rows(waveforms, config.features, info)}}

    if config.synthetic:
        stored = in_memory(compute())
        return Decoded(stored, fingerprint(stored))
    settings = config.features.model_dump(include=set(FeaturesSection.model_fields))
    versions = [tf.__version__, keras.__version__, cpu_name()]
    key = json.dumps([VERSION, content, split, info.sample_rate, settings, *versions])
    return load_or_decode(f"{config.name}-log_mel", key, compute)


def log_mel_rows(waveforms: Array, features: FeaturesConfig, info: DatasetInfo) -> Rows:
    """Log-mel features of any number of waveforms, computed on the CPU as they are needed.

    Batches have one size, the last one filled with silence, so that a recording's values
    do not depend on which others are computed with it.

    Args:
        waveforms: ``(recordings, info.waveform_samples)`` int16.
        features: windows and bands.
        info: sample rate, and the shape of the result.

    Returns:
        ``(recordings, frames, mels)`` float32.
    """

    def pieces() -> Iterator[Array]:
        compute = _compiled(features, info)
        batch = np.zeros((BATCH, info.waveform_samples), np.int16)
        for start in range(0, len(waveforms), BATCH):
            rows = waveforms[start : start + BATCH]
            batch[: len(rows)], batch[len(rows) :] = rows, 0
            yield compute(tf.constant(batch)).numpy()[: len(rows)]

    return Rows((len(waveforms), *info.input_shape), np.float32, pieces)


def _compiled(features: FeaturesConfig, info: DatasetInfo) -> Callable[[tf.Tensor], tf.Tensor]:
    def compute(batch: tf.Tensor) -> tf.Tensor:
        with tf.device("CPU:0"):  # the cache is shared by runs on every device
            return log_mel(tf.cast(batch, tf.float32) / FULL_SCALE, features, info)

    signature = [tf.TensorSpec((BATCH, info.waveform_samples), tf.int16)]
    compiled: Callable[[tf.Tensor], tf.Tensor] = tf.function(
        compute, input_signature=signature, jit_compile=False, autograph=False
    )
    return compiled


def _statistics(inputs: Array, train: Array) -> tuple[float, float]:
    """Mean and standard deviation over all values of the training rows, in double precision."""
    total = squares = 0.0
    for start in range(0, len(train), ROWS_AT_ONCE):
        rows = inputs[train[start : start + ROWS_AT_ONCE]].astype(np.float64)
        total += float(rows.sum())
        squares += float(np.square(rows).sum())
    count = len(train) * inputs[0].size
    mean = total / count
    deviation = max(0.0, squares / count - mean**2) ** 0.5
    return mean, deviation if deviation > 0.0 else 1.0  # nothing but silence has no spread
