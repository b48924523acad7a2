"""Loss and metrics from a model's outputs, in float64 on the host."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo, Task
from dltrain.evaluation.losses import losses_of
from dltrain.evaluation.metrics import metric_of


@dataclass(frozen=True)
class Measures:
    """What is measured.

    Attributes:
        task: what the outputs are.
        loss: name of the loss.
        metrics: names of the figures beside it.
    """

    task: Task
    loss: str
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """The plain data term and the metrics: no label smoothing, no weights, no penalties.

    Attributes:
        loss: mean over the examples.
        metrics: by name, in the order asked for.
        examples: how many there were.
    """

    loss: float
    metrics: dict[str, float]
    examples: int

    def as_metrics(self) -> dict[str, float]:
        """For ``metrics.jsonl``, ``summary.json`` and ``eval --json``."""
        return {"loss": self.loss, **self.metrics}


def measures_of(experiment: ExperimentConfig, info: DatasetInfo) -> Measures:
    """What a config whose `auto` is resolved asks to be measured."""
    train = experiment.train
    assert train.metrics != "auto", "train.metrics is resolved before anything is measured"
    return Measures(info.task, train.loss, train.metrics)


def figures_of(
    outputs: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], measures: Measures
) -> Figures:
    """Figures of one split.

    Args:
        outputs: ``(examples, outputs)`` float32 logits, or numbers for regression.
        labels: ``(examples,)`` classes or numbers.
        measures: what to measure.
    """
    wide = outputs.astype(np.float64)
    losses = losses_of(wide, labels, measures.task, measures.loss)
    metrics = {name: metric_of(name, wide, labels, measures.task) for name in measures.metrics}
    return Figures(float(losses.mean()), metrics, len(labels))
