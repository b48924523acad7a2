"""What is reached without looking at the examples, and whether a model reaches more."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dltrain.dataset_info import DatasetInfo
from dltrain.evaluation.figures import Figures, Measures, figures_of
from dltrain.evaluation.losses import losses_of
from dltrain.evaluation.metrics import predicted

Array = np.ndarray[Any, Any]
ABSENT = 0.5  # of an example: the frequency of a class without any, so that its logit is finite
STANDARD_ERRORS = 2.0  # a larger difference is chance in about one of forty comparisons


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The best that can be had without looking at the examples.

    Attributes:
        answer: what it always answers: the name of the most frequent class, or the mean.
        figures: what that reaches.
        is_beaten: whether the model's answers are better by more than chance.
        has_larger_loss: whether its loss is larger than the model's by more than chance.
    """

    answer: str | float
    figures: Figures
    is_beaten: bool
    has_larger_loss: bool


def compare(outputs: Array, labels: Array, info: DatasetInfo, measures: Measures) -> Baseline:
    """Compare a model with the best one that ignores its input.

    That one gives the frequencies of the classes as their probabilities, so that it answers
    the most frequent one, or the mean number. It is taken of the very labels it is judged by
    (the "no information rate"): one that knew the training labels only could be worse than
    another constant answer by chance, and a model that has learned nothing better than it.
    The two are compared example by example: each scores 1 for a right class, or the squared error of
    its number. The model is better where the mean of the differences is more than two of its
    standard errors (a paired test), or positive where all differences are equal. The losses
    are compared likewise: good probabilities may be worth something without more right answers.

    Args:
        outputs: ``(examples, outputs)`` logits or numbers of the model.
        labels: ``(examples,)`` classes or numbers.
        info: what the labels are.
        measures: what to measure.
    """
    output = _constant_output(labels, info)
    constant = np.tile(output, (len(labels), 1))
    wide = outputs.astype(np.float64)
    scores = _scores(wide, labels, info) - _scores(constant, labels, info)
    if measures.loss in {"absolute_error", "huber"}:  # then the median is the better answer
        constant_of_losses = np.full_like(constant, np.median(labels))
    else:
        constant_of_losses = constant
    own, other = (
        losses_of(each, labels, info.task, measures.loss) for each in (wide, constant_of_losses)
    )
    is_number = info.task == "regression"
    return Baseline(
        answer=float(output[0]) if is_number else info.class_names[predicted(constant)[0]],
        figures=figures_of(constant, labels, measures),
        is_beaten=_is_gain(scores),
        has_larger_loss=_is_gain(other - own),
    )


def _constant_output(labels: Array, info: DatasetInfo) -> Array:
    """The mean number, or the logits that stand for the frequencies of the classes."""
    if info.task == "regression":
        return np.array([labels.mean(dtype=np.float64)])
    counts = np.bincount(labels, minlength=info.num_classes)
    logits: Array = np.log(np.maximum(counts, ABSENT))
    return logits[1:] - logits[:1] if info.task == "binary" else logits


def _scores(outputs: Array, labels: Array, info: DatasetInfo) -> Array:
    """How good every answer is, ``(examples,)``; more is better."""
    if info.task == "regression":
        return -((outputs[:, 0] - labels) ** 2)
    return (predicted(outputs) == labels).astype(np.float64)


def _is_gain(gains: Array) -> bool:
    """Whether the mean is above zero by more than chance."""
    mean = gains.mean()
    error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else 0.0
    return bool(mean > STANDARD_ERRORS * error)
