"""Whether a transformer can make tokens of the examples of a dataset."""

from dltrain.config.axes import AXES_FROM, Axes, axes_of
from dltrain.config.divisors import divisors_near
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import TransformerConfig
from dltrain.dataset_info import DatasetInfo

_SMALLEST_STACK = 2  # one convolution with its pooling
_FROM = ("model.tokens", "data.name", *AXES_FROM)


def transformer_mistakes(
    model: TransformerConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return what is wrong between the parts of a block, and with the size of tokens."""
    found = (
        _heads_mistake(model, pointer),
        _skip_mistake(model, pointer),
        _activation_mistake(model, pointer),
        _patch_mistake(model, info, pointer),
    )
    return [mistake for mistake in found if mistake is not None]


def _heads_mistake(model: TransformerConfig, pointer: Pointer) -> Mistake | None:
    if model.dim % model.heads == 0:
        return None
    return pointer.mistake(
        "model.heads",
        f"{model.heads} heads cannot share the {model.dim} numbers of a token",
        hint=f"write {divisors_near(model.heads, model.dim)}, or another model.dim",
        with_paths=("model.dim",),
    )


def _skip_mistake(model: TransformerConfig, pointer: Pointer) -> Mistake | None:
    if model.residual or model.stochastic_depth == 0:
        return None
    return pointer.mistake(
        "model.stochastic_depth",
        "without residual connections nothing is left of an example whose block is skipped",
        hint="remove model.stochastic_depth, or write 'residual: true'",
        with_paths=("model.residual",),
    )


def _activation_mistake(model: TransformerConfig, pointer: Pointer) -> Mistake | None:
    if model.mlp_ratio or model.activation == TransformerConfig.model_fields["activation"].default:
        return None
    return pointer.mistake(
        "model.activation",
        "this is for the hidden layer of each block, and 'mlp_ratio: 0' leaves it out",
        hint="remove model.activation, or write 'mlp_ratio: 2'",
        with_paths=("model.mlp_ratio",),
    )


def _patch_mistake(model: TransformerConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    axes, size = axes_of(info), model.patch_size
    axes = axes if info.modality == "image" else axes.first()
    if model.tokens == "convolutions" and (size < _SMALLEST_STACK or size & (size - 1)):
        return pointer.mistake(
            "model.patch_size",
            f"convolutions halve an example again and again, which does not give {size}",
            hint="write a power of two of at least 2, or 'tokens: patches'",
            with_paths=("model.tokens",),
        )
    if info.modality == "image" and model.tokens == "patches":
        return _uneven_patches(size, axes, pointer)
    return _too_large(model, axes, info, pointer)


def _uneven_patches(size: int, axes: Axes, pointer: Pointer) -> Mistake | None:
    height, width = axes.sizes
    if height % size == 0 and width % size == 0:
        return None
    return pointer.mistake(
        "model.patch_size",
        f"{height}x{width} images cannot be cut into patches of {size}x{size} pixels",
        hint=f"write {divisors_near(size, height, width)}, or 'tokens: convolutions'",
        with_paths=_FROM,
    )


def _too_large(
    model: TransformerConfig, axes: Axes, info: DatasetInfo, pointer: Pointer
) -> Mistake | None:
    size, smallest = model.patch_size, min(axes.sizes)
    if size <= smallest:
        return None
    halvings = smallest.bit_length() - 1
    most = 2**halvings if model.tokens == "convolutions" else smallest
    unit = f"{size}x{size} pixels" if info.modality == "image" else f"{size} {axes.units[0]}s"
    return pointer.mistake(
        "model.patch_size",
        f"one token would take {unit}: {axes.whole(info.name)}",
        hint=f"write at most {most}",
        with_paths=_FROM,
    )
