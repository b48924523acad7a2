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
    ViewsConfig,
)
from dltrain.dataset_info import DatasetInfo

_SECTION = "data.augmentation"
_AT_TEST = "train.test_time_augmentation"
_MOVES = ("translate", "pad_and_crop")


def augmentation_mistakes(data: DataConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return the changes that reach beyond an example."""
    if not isinstance(data, ImageSection | SpeechCommandsConfig) or data.augmentation is None:
        return []
    if isinstance(data, SpeechCommandsConfig):
        return [
            *_audio_mistakes(data.augmentation, info, pointer),
            *_mixing_mistakes(data, ("mixup",), pointer),
        ]
    moves = {f"{_SECTION}.{key}": getattr(data.augmentation, key) for key in _MOVES}
    return [
        *_too_far(moves, info, pointer),
        *_cutout_mistakes(data.augmentation, info, pointer),
        *_mixing_mistakes(data, ("mixup", "cutmix"), pointer),
    ]


def _too_far(moves: dict[str, int], info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    axes = axes_of(info)
    smallest = min(axes.sizes)
    return [
        pointer.mistake(
            path,
            f"{pixels} pixels are more than can be moved: {axes.whole(info.name)}",
            hint=f"write at most {smallest - 1}",
            with_paths=("data.name",),
        )
        for path, pixels in moves.items()
        if pixels >= smallest
    ]


def _cutout_mistakes(
    augmentation: ImageAugmentationConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    axes, side = axes_of(info), augmentation.cutout
    smallest = min(axes.sizes)
    if side <= smallest:
        return []
    message = f"{side} pixels are more than can be blanked out: {axes.whole(info.name)}"
    path, hint = f"{_SECTION}.cutout", f"write at most {smallest}"
    return [pointer.mistake(path, message, hint=hint, with_paths=("data.name",))]


def _mixing_mistakes(
    data: ImageSection | SpeechCommandsConfig, keys: tuple[str, ...], pointer: Pointer
) -> list[Mistake]:
    if data.batch_size != 1:
        return []
    return [
        pointer.mistake(
            f"{_SECTION}.{key}",
            "examples are mixed with others of their batch, and here each batch is one example",
            hint=f"remove {_SECTION}.{key}, or write a larger data.batch_size",
            with_paths=("data.batch_size",),
        )
        for key in keys
        if getattr(data.augmentation, key)
    ]


def view_mistakes(config: ViewsConfig | None, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return what keeps test-time augmentation from meaning anything."""
    if config is None:
        return []
    if info.modality != "image":
        message, hint = f"this is for images only, and '{info.name}' has none", f"remove {_AT_TEST}"
        return [pointer.mistake(_AT_TEST, message, hint=hint, with_paths=("data.name",))]
    if not config.flip and not config.shift:
        message, hint = "there is but one view to average over", "write 'flip: true' or a shift"
        return [pointer.mistake(_AT_TEST, message, hint=hint)]
    return _too_far({f"{_AT_TEST}.shift": config.shift}, info, pointer)


def _audio_mistakes(
    augmentation: AudioAugmentationConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    frames, mels = info.input_shape
    limits: list[tuple[str, float, int, str]] = [
        ("time_shift", augmentation.time_shift, frames - 1, "frame"),
        ("mel_shift", augmentation.mel_shift, mels - 1, "mel band"),
    ]
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
