"""Whether random changes fit the examples they change."""

from dltrain.config.axes import AXES_FROM, axes_of
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import (
    AudioAugmentationConfig,
    DataConfig,
    ImageAugmentationConfig,
    ImageSection,
    SpeechCommandsConfig,
)
from dltrain.dataset_info import DatasetInfo

_SECTION = "data.augmentation"


def augmentation_mistakes(data: DataConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return the changes that reach beyond an example."""
    if not isinstance(data, ImageSection | SpeechCommandsConfig) or data.augmentation is None:
        return []
    if isinstance(data.augmentation, ImageAugmentationConfig):
        return _image_mistakes(data.augmentation, info, pointer)
    return _audio_mistakes(data.augmentation, info, pointer)


def _image_mistakes(
    augmentation: ImageAugmentationConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    axes = axes_of(info)
    smallest = min(axes.sizes)
    return [
        pointer.mistake(
            f"{_SECTION}.{key}",
            f"{pixels} pixels are more than can be moved: {axes.whole(info.name)}",
            hint=f"write at most {smallest - 1}",
            with_paths=("data.name",),
        )
        for key in ("translate", "pad_and_crop")
        if (pixels := getattr(augmentation, key)) >= smallest
    ]


def _audio_mistakes(
    augmentation: AudioAugmentationConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    frames, mels = info.input_shape
    limits = [("time_shift", augmentation.time_shift, frames - 1, "frame")]
    if augmentation.time_masks:
        limits.append(("time_mask_frames", augmentation.time_mask_frames, frames, "frame"))
    if augmentation.frequency_masks:
        limits.append(("frequency_mask_mels", augmentation.frequency_mask_mels, mels, "mel band"))
    sizes = f"{frames} frames x {mels} mel bands"
    return [
        pointer.mistake(
            f"{_SECTION}.{key}",
            f"{amount} {unit}s are too many: '{info.name}' has sounds of {sizes}",
            hint=f"write at most {most}",
            with_paths=("data.name", *AXES_FROM, "data.features.mels"),
        )
        for key, amount, most, unit in limits
        if amount > most
    ]
