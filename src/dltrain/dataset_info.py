"""What a model may know about its data, with the static facts of the known sets.

Sizes are written here and not asked of the dataset, because a config has to be
checked before anything is downloaded, prepared or even imported.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """The facts shared by a dataset loader and a model builder.

    Attributes:
        name: the dataset's name in a config.
        modality: what one example is; builders accept some of them.
        input_shape: shape of one example, without the batch, e.g. ``(28, 28, 1)``.
        input_dtype: dtype of the stored examples, e.g. ``uint8``.
        num_classes: number of classes; labels are ``0 .. num_classes - 1``.
        class_names: one name per class, in label order.
        num_examples: examples per stored split (``train``, ``test``).
        mean: mean of the stored training inputs, for normalisation in the model.
        standard_deviation: their standard deviation.
    """

    name: str
    modality: Literal["image"]
    input_shape: tuple[int, ...]
    input_dtype: Literal["uint8"]
    num_classes: int
    class_names: tuple[str, ...]
    num_examples: dict[str, int]
    mean: float
    standard_deviation: float


_DIGIT_NAMES = tuple(str(digit) for digit in range(10))

DATASET_INFO: dict[str, DatasetInfo] = {
    "digits": DatasetInfo(
        name="digits",
        modality="image",
        input_shape=(8, 8, 1),
        input_dtype="uint8",
        num_classes=10,
        class_names=_DIGIT_NAMES,
        num_examples={"train": 1437, "test": 360},
        mean=4.88,
        standard_deviation=6.01,
    ),
    "mnist": DatasetInfo(
        name="mnist",
        modality="image",
        input_shape=(28, 28, 1),
        input_dtype="uint8",
        num_classes=10,
        class_names=_DIGIT_NAMES,
        num_examples={"train": 60_000, "test": 10_000},
        mean=33.3,
        standard_deviation=78.6,
    ),
}
