"""Whether the examples a dataset has are enough for what a config asks of them."""

from dltrain.config.axes import counted
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import DataConfig, ExperimentConfig
from dltrain.config.split_sizes import (
    split_sizes,
    total_steps,
    uncut_sizes,
    validation_count,
)
from dltrain.dataset_info import DatasetInfo


def data_mistakes(
    experiment: ExperimentConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return what is wrong between the data section and the size of its dataset."""
    mistakes = _size_mistakes(experiment.data, info, pointer)
    return mistakes or [
        *_share_mistakes(experiment, info, pointer),
        *_lookahead_mistakes(experiment, pointer),
    ]


def _size_mistakes(data: DataConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    unsplittable = _validation_mistake(data, info, pointer)
    if unsplittable:
        return [unsplittable]
    found = (
        _limit_mistake(data, info, pointer),
        _evaluation_limit_mistake(data, info, pointer),
        _batch_mistake(data, info, pointer),
        _resident_mistake(data, pointer),
    )
    return [mistake for mistake in found if mistake is not None]


def _share_mistakes(
    experiment: ExperimentConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return a step of all examples that has not one example for every replica."""
    data, replicas = experiment.data, experiment.distribution.replicas
    available = split_sizes(data, info).train
    if data.batch_size != "all" or not replicas or replicas <= available:
        return []
    return [
        pointer.mistake(
            "distribution.replicas",
            f"{replicas} replicas cannot share {counted(available, 'training example')}",
            hint=f"write at most {available}",
            with_paths=("data.batch_size", "data.limit", "data.validation", "data.name"),
        )
    ]


def _lookahead_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    """Return slow and fast weights that meet at the end only; how many steps there are, sizes tell."""
    looks, steps = experiment.train.lookahead, total_steps(experiment)
    if looks is None or looks.every <= steps:
        return []
    return [
        pointer.mistake(
            "train.lookahead.every",
            f"the whole training has only {counted(steps, 'step')}",
            hint=f"write at most {steps}, or remove train.lookahead",
            with_paths=("train.max_steps", "train.epochs", "data.batch_size", "data.limit"),
        )
    ]


def size_complaint(data: DataConfig, info: DatasetInfo) -> str | None:
    """Say what a config asks of a dataset that has not enough examples for it, if anything.

    Args:
        data: the experiment's data section.
        info: with the numbers of examples that were really found.
    """
    mistakes = _size_mistakes(data, info, Pointer({}))
    return f"{mistakes[0].path}: {mistakes[0].message}; {mistakes[0].hint}" if mistakes else None


def _validation_mistake(data: DataConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    path, stored = "data.validation", info.num_examples["train"]
    if data.validation == "official":
        if "validation" in info.num_examples:
            return None
        message = f"'{info.name}' has no official validation split"
        hint = _count_hint(stored)
        return pointer.mistake(path, message, hint=hint, with_paths=("data.name",))
    count = validation_count(data.validation, stored)
    if count >= stored:
        leave = "leaves" if count == 1 else "leave"
        message = (
            f"{counted(count, 'validation example')} {leave} none of the {stored} for training"
        )
        hint = _count_hint(stored)
        return pointer.mistake(path, message, hint=hint, with_paths=("data.name",))
    if count == 0 and data.validation != 0:
        message = f"{data.validation} of {stored} examples is not even one"
        hint = _count_hint(stored)
        return pointer.mistake(path, message, hint=hint, with_paths=("data.name",))
    return None


def _count_hint(stored: int) -> str:
    """Say what can be set apart of so many examples."""
    if stored == 1:
        return "write 0 for no validation"
    most = f"a count of at most {stored - 1}"
    fraction = next((part for part in (0.1, 0.2, 0.5) if validation_count(part, stored)), None)
    return f"write {most}, {f'a fraction such as {fraction}, ' if fraction else ''}or 0 for none"


def _limit_mistake(data: DataConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    available = uncut_sizes(data, info).train
    if data.limit is None or data.limit <= available:
        return None
    return pointer.mistake(
        "data.limit",
        f"there are only {available} training examples, not {data.limit}, "
        "once validation is set apart",
        hint=f"write at most {available}, or remove the limit",
        with_paths=("data.name", "data.validation", "data.test"),
    )


def _evaluation_limit_mistake(
    data: DataConfig, info: DatasetInfo, pointer: Pointer
) -> Mistake | None:
    sizes = uncut_sizes(data, info)
    largest = max(sizes.validation, sizes.test)
    if data.evaluation_limit is None or data.evaluation_limit <= largest:
        return None
    if largest == 0:
        return pointer.mistake(
            "data.evaluation_limit",
            "there is neither validation nor test to limit",
            hint="remove data.evaluation_limit, or set validation examples apart",
            with_paths=("data.name", "data.validation"),
        )
    return pointer.mistake(
        "data.evaluation_limit",
        f"neither validation ({sizes.validation} examples) nor test ({sizes.test}) "
        f"has {data.evaluation_limit} examples",
        hint=f"write at most {largest}, or remove the limit",
        with_paths=("data.name", "data.validation"),
    )


def _batch_mistake(data: DataConfig, info: DatasetInfo, pointer: Pointer) -> Mistake | None:
    available = split_sizes(data, info).train
    if not data.drop_remainder or data.batch_size == "all" or data.batch_size <= available:
        return None
    return pointer.mistake(
        "data.batch_size",
        f"a batch of {data.batch_size} is never full with {available} training examples, "
        "and drop_remainder leaves out every other",
        hint=f"write at most {available}, or 'drop_remainder: false'",
        with_paths=("data.drop_remainder", "data.limit", "data.validation"),
    )


def _resident_mistake(data: DataConfig, pointer: Pointer) -> Mistake | None:
    if data.resident is not False or data.batch_size != "all":
        return None
    return pointer.mistake(
        "data.resident",
        "a step of all examples has all of them in memory",
        hint="write 'resident: auto', or a number of examples for data.batch_size",
        with_paths=("data.batch_size",),
    )
