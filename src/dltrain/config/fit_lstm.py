"""Whether a recurrent model can read the examples of a dataset step by step."""

from dltrain.config.axes import AXES_FROM, axes_of, counted
from dltrain.config.divisors import divisors_near
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import LSTMConfig
from dltrain.dataset_info import DatasetInfo


def lstm_mistakes(model: LSTMConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return what keeps patches, segments or groups of frames from being cut."""
    if info.modality == "image":
        found = [_sweep_mistake(model, info, pointer)]
    elif info.modality == "audio":
        found = [_frames_mistake(model, info, pointer)]
    else:
        found = [_segment_mistake(model, info, pointer), _state_mistake(model, info, pointer)]
    return [mistake for mistake in found if mistake is not None]


def _sweep_mistake(model: LSTMConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    height, width = info.input_shape[:2]
    patch = model.patch_size
    if model.image_steps == "rows" or (height % patch == 0 and width % patch == 0):
        return None
    return pointer.mistake(
        "model.patch_size",
        f"{height}x{width} images cannot be cut into patches of {patch}x{patch} pixels",
        hint=f"write {divisors_near(patch, height, width)}",
        with_paths=("model.image_steps", "data.name"),
    )


def _segment_mistake(model: LSTMConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    words, length = info.input_shape[0], model.segment_length
    if length is None or words % length == 0:
        return None
    return pointer.mistake(
        "model.segment_length",
        f"texts of {counted(words, 'word')} cannot be cut into segments of {length}",
        hint=f"write {divisors_near(length, words)}, or change data.sequence_length",
        with_paths=("data.sequence_length", "data.name"),
    )


def _state_mistake(model: LSTMConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    length = model.segment_length
    if length is None or length >= info.input_shape[0] or model.pooling != "last":
        return None
    return pointer.mistake(
        "model.pooling",
        "every segment is read from a fresh state, so the last state knows only the last of them",
        hint="write 'pooling: average', 'max' or 'average_and_max', or remove model.segment_length",
        with_paths=("model.segment_length",),
    )


def _frames_mistake(model: LSTMConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    axes = axes_of(info).first()
    frames, taken = axes.sizes[0], model.frames_per_step
    if taken <= frames:
        return None
    return pointer.mistake(
        "model.frames_per_step",
        f"one step would take {taken} frames: {axes.whole(info.name)}",
        hint=f"write at most {frames}",
        with_paths=(*AXES_FROM, "data.name"),
    )
