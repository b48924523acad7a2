"""What is known of sets that have no facts of their own: those written out, and random ones."""

from typing import Literal

from dltrain.config.schema import ArraysConfig, RandomConfig
from dltrain.config.schema.arrays import shape_of
from dltrain.dataset_info import DatasetInfo, Modality, Task

_KINDS: tuple[Modality, ...] = ("table", "sequence", "image")
_AXES = {"table": 1, "sequence": 2, "image": 3}


def array_info(data: ArraysConfig) -> DatasetInfo:
    """The facts of examples written out in a config; any that contradict each other are kept.

    A table takes one number or one list per example. Where a sequence has no list for each
    step, or an image none for each pixel, they have one feature or one channel.
    """
    kind = kind_of(data)
    shape = shape_of(data.x)[1:]
    shape += (1,) * (_AXES[kind] - len(shape))
    classes = classes_of(data)
    return DatasetInfo(
        name=data.name,
        modality=kind,
        task=_task(classes),
        input_shape=shape,
        input_dtype="float32",
        class_names=tuple(map(_class_name, classes)),
        num_examples={"train": len(data.x)},
    )


def kind_of(data: ArraysConfig) -> Literal["table", "sequence", "image"]:
    """What one example is, by its nesting where the config does not say."""
    if data.kind is not None:
        return data.kind
    levels = len(shape_of(data.x)) - 1
    return "table" if levels <= 1 else "sequence" if levels == 2 else "image"  # noqa: PLR2004


def classes_of(data: ArraysConfig) -> tuple[str | int | float, ...]:
    """The distinct values of y in order where they are classes, else nothing.

    They are where y has names, or where its numbers are 0 and 1, unless the config says.
    """
    distinct = tuple(sorted(set(data.y)))
    is_plain = isinstance(distinct[0], str) or distinct == (0, 1)
    is_classes = data.task == "classification" or (data.task is None and is_plain)
    return distinct if is_classes else ()


def _class_name(label: str | float) -> str:
    """Return a label as text, a whole number always without its fraction."""
    is_whole = isinstance(label, float) and label.is_integer()
    return str(int(label) if is_whole else label)


def random_info(data: RandomConfig) -> DatasetInfo:
    """The facts of random examples."""
    counts = {"train": data.examples, "test": data.test_examples}
    return DatasetInfo(
        name=data.name,
        modality=_KINDS[len(data.shape) - 1],
        task=_task(range(data.classes)),
        input_shape=data.shape,
        input_dtype="float32",
        class_names=tuple(str(each) for each in range(data.classes)),
        num_examples={split: count for split, count in counts.items() if count},
    )


def _task(classes: tuple[object, ...] | range) -> Task:
    if not classes:
        return "regression"
    return "binary" if len(classes) == 2 else "multiclass"  # noqa: PLR2004
