"""Whether the numbers and labels written out in a config fit each other."""

from dltrain.config.array_facts import classes_of
from dltrain.config.axes import counted
from dltrain.config.composer import MOST_VALUES
from dltrain.config.mistakes import Mistake
from dltrain.config.places import quoted
from dltrain.config.pointing import Pointer
from dltrain.config.schema import ArraysConfig, DataConfig
from dltrain.config.schema.arrays import shape_of
from dltrain.config.wording import written

MOST_VALUES_WRITTEN = MOST_VALUES - 1_000  # leaves room for everything else of a config
_LEVELS = {"table": (0, 1), "sequence": (1, 2), "image": (2, 3)}
_MEANING = {
    "table": "a table takes a number or one list per example",
    "sequence": "a sequence takes a list of steps per example, each a number or a list of features",
    "image": "an image takes a list of rows per example, each a list of pixels",
}


def array_mistakes(data: DataConfig, pointer: Pointer) -> list[Mistake]:
    """Return what contradicts itself in `data.x` and `data.y`; nothing for any other set."""
    if not isinstance(data, ArraysConfig):
        return []
    found = [
        _size_mistake(data, pointer),
        _length_mistake(data, pointer),
        _kind_mistake(data, pointer),
        _name_mistake(data, pointer) or _whole_mistake(data, pointer) or _one_class(data, pointer),
    ]
    return [mistake for mistake in found if mistake is not None]


def _size_mistake(data: ArraysConfig, pointer: Pointer) -> Mistake | None:
    """A run writes every default beside them, and its config has to be readable too."""
    values = _count(data.x) + _count(data.y)
    if values <= MOST_VALUES_WRITTEN:
        return None
    return pointer.mistake(
        "data.x",
        f"{values:,} lists and numbers are too many to be written out, with those of data.y",
        hint=f"write at most {MOST_VALUES_WRITTEN:,}",
        with_paths=("data.y",),
    )


def _count(value: object) -> int:
    """How many values YAML sees: every list and everything in it."""
    return 1 + sum(map(_count, value)) if isinstance(value, tuple) else 1


def _length_mistake(data: ArraysConfig, pointer: Pointer) -> Mistake | None:
    examples, labels = len(data.x), len(data.y)
    if examples == labels:
        return None
    return pointer.mistake(
        "data.y",
        f"{counted(labels, 'label')} for {counted(examples, 'example')} in data.x",
        hint="write one entry of data.y for each entry of data.x",
        with_paths=("data.x",),
    )


def _kind_mistake(data: ArraysConfig, pointer: Pointer) -> Mistake | None:
    levels = len(shape_of(data.x)) - 1
    if data.kind is None or levels in _LEVELS[data.kind]:
        return None
    fitting = [f"'kind: {kind}'" for kind, allowed in _LEVELS.items() if levels in allowed]
    nesting = "lists of " * (levels - 1) + "numbers"
    example = f"a list of {nesting}" if levels else "a number"
    return pointer.mistake(
        "data.kind",
        f"{_MEANING[data.kind]}, but each example of data.x is {example}",
        hint=f"write {' or '.join(fitting)}, or other lists in data.x",
        with_paths=("data.x",),
    )


def _name_mistake(data: ArraysConfig, pointer: Pointer) -> Mistake | None:
    if data.task != "regression" or not isinstance(data.y[0], str):
        return None
    return pointer.mistake(
        "data.task",
        "only numbers can be predicted by regression, and data.y has names",
        hint="write 'task: classification', or numbers in data.y",
        with_paths=("data.y",),
    )


def _whole_mistake(data: ArraysConfig, pointer: Pointer) -> Mistake | None:
    """Point at the first number with a fraction where the numbers are classes."""
    if data.task != "classification":
        return None
    for index, label in enumerate(data.y):
        if isinstance(label, float) and not label.is_integer():
            return pointer.mistake(
                f"data.y[{index}]",
                f"classes are names or whole numbers, not {written(label)}",
                hint="write 'task: regression' where y is a number to predict",
                with_paths=("data.task",),
            )
    return None


def _one_class(data: ArraysConfig, pointer: Pointer) -> Mistake | None:
    classes = classes_of(data)
    if len(classes) != 1:
        return None
    return pointer.mistake(
        "data.y",
        f"every example is of the one class {quoted(str(classes[0]))}, so there is nothing to tell",
        hint="write at least two different classes",
        with_paths=("data.task",),
    )
