"""Which metrics mean something for a dataset."""

from collections import Counter
from typing import get_args

from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import Metric, TrainConfig
from dltrain.dataset_info import DatasetInfo

NUMBER_METRICS = ("mae", "rmse")


def asked_of(info: DatasetInfo) -> str:
    """Say what a dataset asks of a model."""
    return "a number" if info.task == "regression" else "classes"


def metric_mistakes(train: TrainConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return the metrics that mean nothing for a dataset, or are named twice."""
    if train.metrics == "auto":
        return []
    found = [(name, _complaint(name, info)) for name in dict.fromkeys(train.metrics)]
    mistakes = [
        pointer.mistake(
            "train.metrics",
            complaint,
            hint=f"remove {name}; there are {', '.join(suiting_metrics(info))}",
            with_paths=("data.name",),
        )
        for name, complaint in found
        if complaint
    ]
    twice = [name for name, count in Counter(train.metrics).items() if count > 1]
    mistakes += [
        pointer.mistake("train.metrics", f"'{name}' is here twice", hint="keep one of the two")
        for name in twice
    ]
    return mistakes


def suiting_metrics(info: DatasetInfo) -> list[str]:
    """Return the metrics that mean something for a dataset."""
    return [name for name in get_args(Metric) if _complaint(name, info) is None]


def _complaint(metric: str, info: DatasetInfo) -> str | None:
    """Say why a metric means nothing for a dataset."""
    asked = asked_of(info)
    if (metric in NUMBER_METRICS) != (asked == "a number"):
        return f"'{metric}' does not suit '{info.name}', which asks for {asked}"
    if metric.startswith("top_") and int(metric.split("_")[1]) >= info.num_classes:
        return f"'{metric}' of {info.num_classes} classes is always 1"
    return None
