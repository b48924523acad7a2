"""Whether the figure that chooses the best checkpoint is one that validation computes."""

from dltrain.config.fit_metrics import suiting_metrics
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import default_metrics
from dltrain.dataset_info import DatasetInfo


def monitor_mistakes(
    experiment: ExperimentConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return what is wrong with `train.monitor` and `train.early_stopping`."""
    if experiment.data.validation == 0:
        return _without_validation(experiment, pointer)
    train = experiment.train
    figures = ("loss", *_metrics(experiment, info))
    if train.monitor in ("auto", *figures):
        return []
    can_be_named = train.monitor in suiting_metrics(info)
    return [
        pointer.mistake(
            "train.monitor",
            f"'{train.monitor}' is none of the figures of validation: {', '.join(figures)}",
            hint="write one of these" + ", or name it in train.metrics" * can_be_named,
            with_paths=("train.metrics", "data.name"),
        )
    ]


def _metrics(experiment: ExperimentConfig, info: DatasetInfo) -> tuple[str, ...]:
    metrics = experiment.train.metrics
    return default_metrics(info) if metrics == "auto" else metrics


def _without_validation(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    train = experiment.train
    mistakes = []
    if train.early_stopping is not None:
        mistakes.append(
            pointer.mistake(
                "train.early_stopping",
                "early stopping watches validation, but data.validation is 0",
                hint="remove train.early_stopping, or set validation examples apart",
                with_paths=("data.validation",),
            )
        )
    if train.monitor != "auto":
        mistakes.append(
            pointer.mistake(
                "train.monitor",
                f"there is no validation {train.monitor} to monitor: data.validation is 0",
                hint="remove train.monitor, or set validation examples apart",
                with_paths=("data.validation",),
            )
        )
    return mistakes
