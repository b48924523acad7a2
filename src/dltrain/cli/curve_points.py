"""The points of a curve: one figure of a run over its epochs, thinned where there are many."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dltrain.runs.record import RunRecord

MOST_POINTS = 500
LARGE_RATIO = 100  # two decades


@dataclass(frozen=True)
class Points:
    """Epochs, from 1, and a figure at each of them."""

    epochs: Sequence[int]
    values: Sequence[float]


def points_of(run: RunRecord, split: str, name: str) -> Points:
    """A figure over the epochs that have it: all of them, or about `MOST_POINTS`.

    Args:
        run: whose curve.
        split: ``train`` or ``validation``.
        name: ``loss`` or a metric.
    """
    points = [(line["epoch"], line[split][name]) for line in run.epochs if _has(line, split, name)]
    kept = points[:: math.ceil(len(points) / MOST_POINTS) or 1]
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return Points([epoch for epoch, _ in kept], [value for _, value in kept])


def best_point(run: RunRecord, name: str) -> tuple[int, float] | None:
    """The best epoch and its validation figure; None where validation chose nothing."""
    if run.best is None or not run.validation or name not in run.validation:
        return None
    return run.best["epoch"], run.validation[name]


def losses(runs: Sequence[RunRecord], *splits: str) -> list[float]:
    """The losses of some splits at all drawn epochs of all runs."""
    return [
        value for run in runs for split in splits for value in points_of(run, split, "loss").values
    ]


def later_losses(runs: Sequence[RunRecord]) -> list[float]:
    """All losses after the first tenth of a run's epochs; of its only epoch, if there is one.

    Those of validation where there is one: the training loss may hold penalties.
    """
    later: list[float] = []
    for run in runs:
        values = (
            points_of(run, "validation", "loss").values or points_of(run, "train", "loss").values
        )
        later.extend(values[math.ceil(len(values) / 10) :] or values)
    return later


def spans_decades(values: Sequence[float]) -> bool:
    """Whether values are drawn best on a logarithmic scale."""
    return bool(values) and min(values) > 0 and max(values) >= LARGE_RATIO * min(values)


def _has(line: Mapping[str, Any], split: str, name: str) -> bool:
    value = (line.get(split) or {}).get(name)
    return value is not None and math.isfinite(value)
