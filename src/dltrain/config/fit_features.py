"""Whether the features asked for can be computed from a dataset's recordings."""

from dltrain.config.dataset_facts import samples_of
from dltrain.config.mel_bands import Band, empty_band
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import DataConfig, FeaturesConfig, MFCCConfig, SpeechCommandsConfig
from dltrain.dataset_info import DatasetInfo

_SECTION = "data.features"


def features_mistakes(data: DataConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return what is wrong with windows, bands and coefficients; nothing but for sounds."""
    if not isinstance(data, SpeechCommandsConfig):
        return []
    features = data.features
    windows = [
        _too_short("window_ms", features.window_ms, info, pointer),
        _too_short("hop_ms", features.hop_ms, info, pointer),
        _too_long(features, info, pointer),
    ]
    bands = [_too_high(features, info, pointer), _upside_down(features, pointer)]
    if not any(windows + bands):
        bands.append(_empty(features, info, pointer))
    found = [*windows, *bands, _too_many_coefficients(features, pointer)]
    return [mistake for mistake in found if mistake is not None]


def _too_short(key: str, value: float, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    sample_ms = 1000 / info.sample_rate
    if value >= sample_ms:
        return None
    return pointer.mistake(
        f"{_SECTION}.{key}",
        f"{value:g} ms is less than one of the {info.sample_rate} samples per second",
        hint=f"write at least {sample_ms:g}",
        with_paths=("data.name",),
    )


def _too_long(features: FeaturesConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    if samples_of(features.window_ms, info) <= info.waveform_samples:
        return None
    longest = 1000 * info.waveform_samples / info.sample_rate
    return pointer.mistake(
        f"{_SECTION}.window_ms",
        f"a window of {features.window_ms:g} ms is longer than a recording of {longest:g} ms",
        hint=f"write at most {longest:g}",
        with_paths=("data.name",),
    )


def _too_high(features: FeaturesConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    highest = info.sample_rate / 2
    if features.highest_hz <= highest:
        return None
    return pointer.mistake(
        f"{_SECTION}.highest_hz",
        f"{info.sample_rate} samples per second hold no frequency of {features.highest_hz:g} Hz",
        hint=f"write at most {highest:g}",
        with_paths=("data.name",),
    )


def _upside_down(features: FeaturesConfig, pointer: Pointer) -> Mistake | None:
    if features.lowest_hz < features.highest_hz:
        return None
    return pointer.mistake(
        f"{_SECTION}.lowest_hz",
        f"the lowest band would begin at {features.lowest_hz:g} Hz "
        f"and the highest end at {features.highest_hz:g} Hz",
        hint=f"write less than {features.highest_hz:g}, or a larger highest_hz",
        with_paths=(f"{_SECTION}.highest_hz",),
    )


def _empty(features: FeaturesConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    band: Band | None = empty_band(features, samples_of(features.window_ms, info), info.sample_rate)
    if band is None:
        return None
    return pointer.mistake(
        f"{_SECTION}.mels",
        f"band {band.number} of {features.mels}, from {band.lower_hz:.4g} to "
        f"{band.upper_hz:.4g} Hz, would always be empty: windows of {features.window_ms:g} ms "
        f"tell frequencies {band.spacing_hz:g} Hz apart",
        hint="use fewer mels, a longer window_ms, or a wider range of frequencies",
        with_paths=tuple(f"{_SECTION}.{key}" for key in ("window_ms", "lowest_hz", "highest_hz")),
    )


def _too_many_coefficients(features: FeaturesConfig, pointer: Pointer) -> Mistake | None:
    if not isinstance(features, MFCCConfig) or features.coefficients <= features.mels:
        return None
    return pointer.mistake(
        f"{_SECTION}.coefficients",
        f"{features.mels} mel bands give at most {features.mels} coefficients, "
        f"not {features.coefficients}",
        hint=f"write at most {features.mels}, or use more mels",
        with_paths=(f"{_SECTION}.mels",),
    )
