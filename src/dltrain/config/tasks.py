"""What `auto` means for the loss, the metrics and the monitored figure: the task decides.

And for the checkpoints, which only the number of epochs decides.
"""

import math

from dltrain.config.schema import ExperimentConfig, Metric
from dltrain.dataset_info import DatasetInfo, Task

_METRICS: dict[Task, tuple[Metric, ...]] = {
    "multiclass": ("accuracy",),
    "binary": ("accuracy", "auc"),
    "regression": ("rmse", "mae"),
}
LOWER_IS_BETTER = frozenset({"loss", "mae", "rmse"})
MOST_CHECKPOINTS = 100  # of a run for which `auto` decides; each takes 5 to 50 milliseconds


def default_metrics(info: DatasetInfo) -> tuple[Metric, ...]:
    """The metrics of a set when its config names none.

    Balanced accuracy joins where some classes are much more frequent than others.
    """
    metrics = _METRICS[info.task]
    return metrics if info.is_balanced else (*metrics, "balanced_accuracy")


def training_metric(info: DatasetInfo) -> Metric:
    """The one metric that training keeps beside the loss, because it is a sum over examples."""
    return "mae" if info.task == "regression" else "accuracy"


def resolve_task(experiment: ExperimentConfig, info: DatasetInfo) -> ExperimentConfig:
    """Settle `train.loss`, `train.metrics`, `train.monitor` and `train.checkpoint_every`."""
    train = experiment.train
    loss, metrics, monitor = train.loss, train.metrics, train.monitor
    if loss == "auto":
        loss = "squared_error" if info.task == "regression" else "cross_entropy"
    if metrics == "auto":
        metrics = default_metrics(info)
    if monitor == "auto" and experiment.data.validation != 0:  # else there is nothing to watch
        monitor = metrics[0]
    checkpoint_every = train.checkpoint_every
    if checkpoint_every == "auto":
        checkpoint_every = math.ceil(train.epochs / MOST_CHECKPOINTS)
    settled = {
        "loss": loss,
        "metrics": metrics,
        "monitor": monitor,
        "checkpoint_every": checkpoint_every,
    }
    updated = train.model_copy(update=settled)
    return experiment.model_copy(update={"train": updated})
