"""Options that do nothing for the dataset at hand: refused, so that none is believed to work.

They are compared with their defaults, because the config of a run writes every default.
"""

from collections.abc import Iterator

from dltrain.config.axes import PLURAL
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import CNNConfig, DataConfig, ImdbConfig, LSTMConfig, ModelConfig
from dltrain.dataset_info import DatasetInfo, Modality

_ONLY_FOR: dict[tuple[str, str], Modality] = {
    ("mlp", "pooling"): "text",
    ("cnn", "audio_axes"): "audio",
    ("cnn", "whitening"): "image",
    ("lstm", "image_steps"): "image",
    ("lstm", "patch_size"): "image",
    ("lstm", "segment_length"): "text",
    ("lstm", "frames_per_step"): "audio",
}


def padding_mistakes(data: DataConfig, model: ModelConfig, pointer: Pointer) -> list[Mistake]:
    """Return a padding at the start where a model counts on it at the end."""
    if not isinstance(data, ImdbConfig) or data.pad == "end" or model.name in {"mlp", "linear"}:
        return []
    return [
        pointer.mistake(
            "data.pad",
            f"'{model.name}' takes texts that are padded at the end",
            hint="write 'pad: end'; padding is left out wherever it stands, so nothing is lost",
            with_paths=("model.name",),
        )
    ]


def order_mistakes(data: DataConfig, model: ModelConfig, pointer: Pointer) -> list[Mistake]:
    """Return a bag of n-grams where a model reads words in their order."""
    if not isinstance(data, ImdbConfig) or data.ngrams is None or model.name in {"mlp", "linear"}:
        return []
    return [
        pointer.mistake(
            "data.ngrams",
            f"'{model.name}' reads words in their order, and n-grams stand in none",
            hint="remove data.ngrams, or write 'name: mlp'",
            with_paths=("model.name",),
        )
    ]


def option_mistakes(model: ModelConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return the options that differ from their defaults and are for other data."""
    mistakes = [
        pointer.mistake(
            path,
            f"this is for {PLURAL[modality]} only, and '{info.name}' {_what(info)}",
            hint=f"remove {path}",
            with_paths=("data.name",),
        )
        for path, modality in _changed(model)
        if modality != info.modality
    ]
    mistakes += _norm_mistakes(model, pointer)
    is_idle = isinstance(model, LSTMConfig) and model.image_steps == "rows"
    if is_idle and info.modality == "image" and "patch_size" in _changed_keys(model):
        mistakes.append(
            pointer.mistake(
                "model.patch_size",
                "this is for 'image_steps: sweeps' only, and here an image is read by its rows",
                hint="remove model.patch_size, or write 'image_steps: sweeps'",
                with_paths=("model.image_steps",),
            )
        )
    return mistakes


def _norm_mistakes(model: ModelConfig, pointer: Pointer) -> list[Mistake]:
    """Options of a norm that is not there, or that keeps no running means."""
    if not isinstance(model, CNNConfig) or model.norm == "batch":
        return []
    needed = {"norm_momentum": "batch norm"}
    if model.norm == "none":
        needed["norm_scale"] = "norms"
    return [
        pointer.mistake(
            f"model.{key}",
            f"this is for {kind} only, and model.norm is '{model.norm}'",
            hint=f"remove model.{key}, or write 'norm: batch'",
            with_paths=("model.norm",),
        )
        for key, kind in needed.items()
        if key in _changed_keys(model)
    ]


def _what(info: DatasetInfo) -> str:
    return "is a table" if info.modality == "table" else f"has {PLURAL[info.modality]}"


def _changed(model: ModelConfig) -> Iterator[tuple[str, Modality]]:
    """Yield the paths of options that are not at their defaults, and what they are for."""
    fields = type(model.embedding).model_fields
    for key, field in fields.items():
        if getattr(model.embedding, key) != field.default:
            yield f"model.embedding.{key}", "text"
    for key in _changed_keys(model):
        if (model.name, key) in _ONLY_FOR:
            yield f"model.{key}", _ONLY_FOR[model.name, key]


def _changed_keys(model: ModelConfig) -> list[str]:
    fields = type(model).model_fields
    return [key for key, field in fields.items() if getattr(model, key) != field.default]
