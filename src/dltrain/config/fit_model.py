"""Whether a model can take the examples of a dataset."""

from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import CNNConfig, ModelConfig
from dltrain.dataset_info import DatasetInfo


def model_mistakes(model: ModelConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return what keeps a model from being built for a dataset."""
    if isinstance(model, CNNConfig):
        mistake = _too_many_stages(model, info, pointer)
        return [mistake] if mistake else []
    return []


def _too_many_stages(model: CNNConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    height, width = info.input_shape[:2]
    for stage in range(1, len(model.filters) + 1):
        shrinking = (model.kernel_size - 1) if model.padding == "valid" else 0
        for _ in range(model.convolutions_per_stage):
            if min(height, width) <= shrinking:
                kernel = f"{model.kernel_size}x{model.kernel_size}"
                action = f"convolve {height}x{width} pixels with a {kernel} kernel"
                return _mistake_at(stage, action, info, pointer)
            height, width = height - shrinking, width - shrinking
        if min(height, width) < model.pool_size:
            action = f"pool {height}x{width} pixels by {model.pool_size}"
            return _mistake_at(stage, action, info, pointer)
        height, width = height // model.pool_size, width // model.pool_size
    return None


def _mistake_at(stage: int, action: str, info: DatasetInfo, pointer: Pointer) -> Mistake:
    height, width = info.input_shape[:2]
    is_pooling = action.startswith("pool")
    other = "pool_size: 1" if is_pooling else "padding: same"
    fewer = f"use at most {_numbers(stage - 1)} in model.filters, or " if stage > 1 else "use "
    return pointer.mistake(
        "model.filters",
        f"stage {stage} would {action}: '{info.name}' has {height}x{width} images",
        hint=f"{fewer}'{other}'",
        with_paths=("model.pool_size", "model.kernel_size", "model.padding", "data.name"),
    )


def _numbers(count: int) -> str:
    return f"{count} number{'s' if count > 1 else ''}"
