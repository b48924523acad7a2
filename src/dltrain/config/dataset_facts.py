"""What is known of a dataset under a given config, before anything of it is read."""

from dataclasses import replace

from dltrain.config.array_facts import array_info, random_info
from dltrain.config.schema import (
    ArraysConfig,
    Cifar10Config,
    DataConfig,
    FeaturesConfig,
    ImdbConfig,
    MFCCConfig,
    RandomConfig,
    SpeechCommandsConfig,
)
from dltrain.dataset_info import DATASET_INFO, DatasetInfo

SYNTHETIC_SOUNDS = 1_200  # per stored split unless a config asks for more: they take a while
LAST_10000 = 10_000  # of the official training images of CIFAR-10


def info_of(data: DataConfig) -> DatasetInfo:
    """The static facts of a config's dataset: shapes, classes, numbers of examples."""
    info = _named(data)
    if isinstance(data, ImdbConfig):
        info = replace(info, input_shape=(data.sequence_length,), vocab_size=data.vocab_size)
    if isinstance(data, SpeechCommandsConfig):
        info = _with_features(info, data.features)
    if isinstance(data, Cifar10Config) and data.test == "last_10000":
        train = info.num_examples["train"] - LAST_10000
        info = replace(info, num_examples={"train": train, "test": LAST_10000})
    if data.synthetic:
        info = replace(info, num_examples=_generated(data, info))
    return info


def _named(data: DataConfig) -> DatasetInfo:
    if isinstance(data, ArraysConfig):
        return array_info(data)
    return random_info(data) if isinstance(data, RandomConfig) else DATASET_INFO[data.name]


def _generated(data: DataConfig, info: DatasetInfo) -> dict[str, int]:
    """How many examples of each split are made up: as many as published, but fewer sounds."""
    if info.modality != "audio":
        return info.num_examples
    held_out = data.validation if isinstance(data.validation, int) else 0
    wanted = max(SYNTHETIC_SOUNDS, (data.limit or 0) + held_out, data.evaluation_limit or 0)
    return {split: min(count, wanted) for split, count in info.num_examples.items()}


def _with_features(info: DatasetInfo, features: FeaturesConfig) -> DatasetInfo:
    frames = 1 + (info.waveform_samples - samples_of(features.window_ms, info)) // samples_of(
        features.hop_ms, info
    )
    coefficients = features.coefficients if isinstance(features, MFCCConfig) else 0
    shape = (max(0, frames), features.mels)
    return replace(info, input_shape=shape, cepstral_coefficients=coefficients)


def samples_of(milliseconds: float, info: DatasetInfo) -> int:
    """Waveform samples in a stretch of time, at least one."""
    return max(1, round(milliseconds * info.sample_rate / 1000))
