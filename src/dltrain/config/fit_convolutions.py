"""Whether stages of convolution and pooling leave anything of an example."""

from dltrain.config.axes import AXES_FROM, Axes, axes_of, counted
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import CNNConfig, CRNNConfig
from dltrain.dataset_info import DatasetInfo

_FROM = (
    *("model.pool_size", "model.kernel_size", "model.padding", "model.audio_axes", "data.name"),
    *(*AXES_FROM, "data.features.mels", "data.features.coefficients"),
)


def convolution_mistakes(
    model: CNNConfig | CRNNConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return pool sizes that do not match the stages, or the first stage that is given too little."""
    if isinstance(model, CNNConfig) and len(model.pool_sizes()) != len(model.filters):
        return [_uneven_mistake(model, pointer)]
    axes = axes_of(info)
    if isinstance(model, CNNConfig) and info.modality == "audio" and model.audio_axes == "time":
        axes = axes.first()
    sizes = axes.sizes
    if isinstance(model, CNNConfig) and model.whitening is not None:
        if model.whitening > min(sizes):
            return [_whitening_mistake(model.whitening, axes, info, pointer)]
        sizes = tuple(size - model.whitening + 1 for size in sizes)
    for stage in range(1, len(model.filters) + 1):
        for is_pooling, amount in _parts(model, stage):
            left = _pooled(sizes, amount) if is_pooling else _convolved(sizes, model, amount)
            if min(left) < 1:
                pooling = f"pool {axes.text(sizes)} by {amount}"
                action = pooling if is_pooling else _kernel(axes, sizes, model)
                remedy = _no_pooling(model) if is_pooling else "'padding: same'"
                return [_mistake_at(stage, action, remedy, axes, info, pointer)]
            sizes = left
    return []


def _whitening_mistake(side: int, axes: Axes, info: DatasetInfo, pointer: Pointer) -> Mistake:
    return pointer.mistake(
        "model.whitening",
        f"patches of {side}x{side} do not fit: {axes.whole(info.name)}",
        hint="write 2 or 3",
        with_paths=("data.name",),
    )


def _uneven_mistake(model: CNNConfig, pointer: Pointer) -> Mistake:
    stages, sizes = len(model.filters), len(model.pool_sizes())
    return pointer.mistake(
        "model.pool_size",
        f"{counted(sizes, 'pool size')} for {counted(stages, 'stage')}: "
        "a list has one for each number in model.filters",
        hint=f"write {counted(stages, 'number')}, or a single one for all stages",
        with_paths=("model.filters",),
    )


def _parts(model: CNNConfig | CRNNConfig, stage: int) -> list[tuple[bool, int]]:
    """What changes the size in one stage: (False, convolutions in a row), (True, pool size).

    Residual convolutions keep the size, and so do all of a recurrent model's.
    """
    if isinstance(model, CRNNConfig):
        return [(True, model.pool_size)]
    before = 1 if model.pool_after == "first" else model.convolutions_per_stage
    after = model.convolutions_per_stage - before
    return [(False, before), (True, model.pool_sizes()[stage - 1]), (False, after)]


def _pooled(sizes: tuple[int, ...], pool_size: int) -> tuple[int, ...]:
    return tuple(size // pool_size for size in sizes)


def _convolved(
    sizes: tuple[int, ...], model: CNNConfig | CRNNConfig, count: int
) -> tuple[int, ...]:
    return tuple(size - count * _loss(model) for size in sizes)


def _loss(model: CNNConfig | CRNNConfig) -> int:
    is_valid = isinstance(model, CNNConfig) and model.padding == "valid"
    return model.kernel_size - 1 if is_valid else 0


def _kernel(axes: Axes, sizes: tuple[int, ...], model: CNNConfig | CRNNConfig) -> str:
    """Say what the convolution that fails is given, after those before it in the stage."""
    fitting = (min(sizes) - 1) // _loss(model)
    kernel = "x".join([str(model.kernel_size)] * len(sizes))
    article = f"a {kernel} kernel" if len(sizes) > 1 else f"a kernel of {kernel}"
    return f"convolve {axes.text(_convolved(sizes, model, fitting))} with {article}"


def _no_pooling(model: CNNConfig | CRNNConfig) -> str:
    is_list = isinstance(model.pool_size, tuple)
    return "1 for this stage in model.pool_size" if is_list else "'pool_size: 1'"


def _mistake_at(
    stage: int, action: str, remedy: str, axes: Axes, info: DatasetInfo, pointer: Pointer
) -> Mistake:
    numbers = f"{stage - 1} number{'s' if stage > 2 else ''}"  # noqa: PLR2004
    fewer = f"use at most {numbers} in model.filters, or " if stage > 1 else "use "
    return pointer.mistake(
        "model.filters",
        f"stage {stage} would {action}: {axes.whole(info.name)}",
        hint=f"{fewer}{remedy}",
        with_paths=_FROM,
    )
