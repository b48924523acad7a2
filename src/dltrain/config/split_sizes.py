"""How many examples each split has: the one arithmetic that checks and loaders share."""

import math
from dataclasses import dataclass

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import DataConfig, ExperimentConfig
from dltrain.dataset_info import DatasetInfo


@dataclass(frozen=True)
class SplitSizes:
    """Examples used for training, validation and test."""

    train: int
    validation: int
    test: int


def split_sizes(data: DataConfig, info: DatasetInfo) -> SplitSizes:
    """Return the examples of each split after validation is cut and limits are applied.

    Validation is cut from the stored training examples first, or is the stored split of
    that name when it is 'official'; ``limit`` then keeps the first training examples and
    ``evaluation_limit`` the first of validation and test. A fraction counts
    ``round(fraction * training examples)``.
    """
    uncut = uncut_sizes(data, info)
    evaluation_limit = data.evaluation_limit
    return SplitSizes(
        train=_at_most(data.limit, uncut.train),
        validation=_at_most(evaluation_limit, uncut.validation),
        test=_at_most(evaluation_limit, uncut.test),
    )


def uncut_sizes(data: DataConfig, info: DatasetInfo) -> SplitSizes:
    """Return the examples of each split before ``limit`` and ``evaluation_limit``."""
    stored, test = info.num_examples["train"], info.num_examples.get("test", 0)
    if data.validation == "official":
        return SplitSizes(stored, info.num_examples["validation"], test)
    validation = validation_count(data.validation, stored)
    return SplitSizes(stored - validation, validation, test)


def validation_count(validation: float, stored: int) -> int:
    """Return the number of the stored training examples that go to validation."""
    return round(validation * stored) if isinstance(validation, float) else validation


def steps_per_epoch(data: DataConfig, examples: int) -> int:
    """Return the optimizer updates of one pass over so many training examples."""
    batch_size = examples if data.batch_size == "all" else data.batch_size
    rounding = math.floor if data.drop_remainder else math.ceil
    return rounding(examples / batch_size)


def total_steps(experiment: ExperimentConfig) -> int:
    """Return how many steps a config asks for, if its dataset is as large as published."""
    data, train = experiment.data, experiment.train
    examples = split_sizes(data, info_of(data)).train
    steps = steps_per_epoch(data, examples) * train.epochs
    return steps if train.max_steps is None else min(steps, train.max_steps)


def _at_most(limit: int | None, count: int) -> int:
    return count if limit is None else min(limit, count)
