"""Whether loss, metrics and class weights suit what a dataset asks of a model."""

from dataclasses import replace

from dltrain.config.fit_metrics import asked_of, metric_mistakes
from dltrain.config.fit_monitor import monitor_mistakes
from dltrain.config.mistakes import Mistake
from dltrain.config.nearest import nearest
from dltrain.config.places import quoted
from dltrain.config.pointing import Pointer
from dltrain.config.schema import ExperimentConfig, TrainConfig
from dltrain.dataset_info import DatasetInfo

LOSSES = {
    "classes": ("cross_entropy", "squared_error", "half_squared_error"),
    "a number": ("squared_error", "half_squared_error", "absolute_error", "huber"),
}


def task_mistakes(
    experiment: ExperimentConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return what is asked for that has no meaning for this dataset's labels."""
    train = experiment.train
    return [
        *_loss_mistakes(train, info, pointer),
        *metric_mistakes(train, info, pointer),
        *monitor_mistakes(experiment, info, pointer),
        *_weight_mistakes(train, info, pointer),
    ]


def _loss_mistakes(train: TrainConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    mistakes, asked = [], asked_of(info)
    if train.loss not in ("auto", *LOSSES[asked]):
        mistakes.append(
            pointer.mistake(
                "train.loss",
                f"'{train.loss}' does not suit '{info.name}', which asks for {asked}",
                hint=f"write one of {', '.join(LOSSES[asked])}, or leave it out",
                with_paths=("data.name",),
            )
        )
    if train.label_smoothing and asked == "a number":
        message = f"only classes can be smoothed, and '{info.name}' asks for a number"
        hint = "remove train.label_smoothing"
        mistakes.append(
            pointer.mistake("train.label_smoothing", message, hint=hint, with_paths=("data.name",))
        )
    elif train.label_smoothing and train.loss not in ("auto", "cross_entropy"):
        message = f"labels are smoothed for cross_entropy only, and the loss is {train.loss}"
        hint = "remove train.label_smoothing, or write 'loss: cross_entropy'"
        mistakes.append(
            pointer.mistake("train.label_smoothing", message, hint=hint, with_paths=("train.loss",))
        )
    return mistakes


def _weight_mistakes(train: TrainConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    path, weights = "train.class_weights", train.class_weights
    if weights is None:
        return []
    if info.task == "regression":
        message = f"there are no classes to weigh: '{info.name}' asks for a number"
        return [pointer.mistake(path, message, hint=f"remove {path}", with_paths=("data.name",))]
    names = () if weights == "balanced" else weights
    return [
        replace(
            pointer.mistake(
                f"{path}.{name}",
                f"'{info.name}' has no class {quoted(name)}",
                hint="classes that are not named count as 1",
                with_paths=("data.name",),
            ),
            allowed=info.class_names,
            suggestion=nearest(name, info.class_names),
        )
        for name in names
        if name not in info.class_names
    ]
