"""From decoded columns to examples as a model takes them, by what one example is."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dltrain.config.schema import DataConfig, ImdbConfig, NumbersSection, SpeechCommandsConfig
from dltrain.data.audio import compute_features, with_statistics
from dltrain.data.bags import prepare_bags
from dltrain.data.examples import Columns, Examples
from dltrain.data.text import prepare_text
from dltrain.dataset_info import DatasetInfo, Modality

Indices = np.ndarray[Any, Any]
ROWS_AT_ONCE = 4_096  # for statistics
Prepared = tuple[dict[str, Examples], DatasetInfo]


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Examples as a model takes them.

    Attributes:
        examples: of every split.
        info: the completed facts.
        content: fingerprint of everything the examples were made of.
        notices: what a person should know.
    """

    examples: dict[str, Examples]
    info: DatasetInfo
    content: str
    notices: tuple[str, ...] = ()


def prepare(
    config: DataConfig,
    info: DatasetInfo,
    stored: dict[str, Columns],
    train: Indices,
    trained_with: DatasetInfo | None,
    content: str,
) -> Ready:
    """Make the examples a model takes, and complete what it may know about them.

    Args:
        config: the experiment's data section.
        info: the facts known so far.
        stored: the decoded columns of every split.
        train: which of the stored training examples are trained on; statistics and the
            vocabulary come from them alone.
        trained_with: what a checkpoint knows of its data; then nothing is computed anew.
        content: fingerprint of the decoded columns.
    """
    if isinstance(config, SpeechCommandsConfig):  # it has a cache of its own, as the next has
        features = compute_features(config, info, stored, content)
        info = with_statistics(info, features.examples, train, trained_with)
        return Ready(
            examples=features.examples,
            info=info,
            content=features.content,
            notices=features.notices,
        )
    if isinstance(config, ImdbConfig) and config.ngrams is not None:
        bags = prepare_bags(config, info, stored, train, trained_with, content)
        notices = (bags.notice,) if bags.notice else ()
        return Ready(examples=bags.examples, info=bags.info, content=content, notices=notices)
    examples, info = PREPARE[info.modality](config, info, stored, train, trained_with)
    return Ready(examples=examples, info=info, content=content)


def _prepare_numbers(
    config: DataConfig,
    info: DatasetInfo,
    stored: dict[str, Columns],
    train: Indices,
    trained_with: DatasetInfo | None,
) -> Prepared:
    """The numbers are taken as they are: the model itself normalises them, by these facts.

    Images of bytes have published statistics; other numbers have none unless a config asks
    for those of the training part.
    """
    examples = _as_stored(stored)
    if trained_with is not None:
        return examples, replace(trained_with, num_examples=info.num_examples)
    if not (isinstance(config, NumbersSection) and config.normalise):
        return examples, info
    return examples, _with_statistics(info, examples["train"], train)


def _with_statistics(info: DatasetInfo, examples: Examples, train: Indices) -> DatasetInfo:
    """The facts with mean and deviation per column, feature or channel of the training part."""
    mean, deviation = _mean_and_deviation(examples.inputs, train)
    info = replace(
        info,
        mean=tuple(mean.tolist()),
        standard_deviation=tuple(_not_zero(deviation).tolist()),
    )
    if info.task != "regression":
        return info
    labels = examples.labels[train].astype(np.float64)
    return replace(
        info,
        target_mean=float(labels.mean()),
        target_standard_deviation=float(_not_zero(labels.std())),
    )


def _mean_and_deviation(inputs: Indices, train: Indices) -> tuple[Indices, Indices]:
    """Of each value of the last axis, over the training rows, some of which are read at once."""

    def pieces() -> Iterator[Indices]:
        for start in range(0, len(train), ROWS_AT_ONCE):
            rows = inputs[train[start : start + ROWS_AT_ONCE]].astype(np.float64)
            yield rows.reshape(-1, rows.shape[-1])

    count = len(train) * math.prod(inputs.shape[1:-1])
    mean = sum(rows.sum(axis=0) for rows in pieces()) / count
    squares = sum(np.square(rows - mean).sum(axis=0) for rows in pieces())
    return mean, np.sqrt(squares / count)


def _not_zero(deviation: Any) -> Any:
    """What is constant has no spread to divide by."""
    return np.where(deviation > 0.0, deviation, 1.0)


def _as_stored(stored: dict[str, Columns]) -> dict[str, Examples]:
    return {
        split: Examples(columns["inputs"], columns["labels"]) for split, columns in stored.items()
    }


PREPARE: dict[Modality, Callable[..., Prepared]] = {
    "image": _prepare_numbers,
    "table": _prepare_numbers,
    "sequence": _prepare_numbers,
    "text": prepare_text,
}
