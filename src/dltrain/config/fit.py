"""Mistakes that only two values together make; run once every value alone is right."""

from collections.abc import Mapping

from dltrain.config.fit_data import data_mistakes
from dltrain.config.fit_model import model_mistakes
from dltrain.config.mistakes import Mistake
from dltrain.config.places import Place
from dltrain.config.pointing import Pointer
from dltrain.config.schema import CNNConfig, ExperimentConfig
from dltrain.dataset_info import DATASET_INFO


def mistakes_of(experiment: ExperimentConfig, origins: Mapping[str, Place]) -> list[Mistake]:
    """Return everything in which the parts of an experiment do not fit each other.

    Args:
        experiment: a valid tree.
        origins: where its values were written, as `load_config` returns them.
    """
    pointer = Pointer(origins)
    info = DATASET_INFO[experiment.data.name]
    return [
        *_distribution_mistakes(experiment, pointer),
        *data_mistakes(experiment, info, pointer),
        *_monitor_mistakes(experiment, pointer),
        *_jit_mistakes(experiment, pointer),
        *model_mistakes(experiment.model, info, pointer),
    ]


def _distribution_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    distribution, batch_size = experiment.distribution, experiment.data.batch_size
    replicas = distribution.replicas
    mistakes = []
    if replicas and batch_size % replicas:
        below, above = batch_size // replicas * replicas, -(-batch_size // replicas) * replicas
        numbers = f"{below} or {above}" if below else f"{above}"
        mistakes.append(
            pointer.mistake(
                "data.batch_size",
                f"a batch of {batch_size} examples cannot be shared by {replicas} replicas",
                hint=f"write {numbers}, or another multiple of {replicas}",
                with_paths=("distribution.replicas",),
            )
        )
    if distribution.name == "one_device" and replicas and replicas > 1:
        mistakes.append(
            pointer.mistake(
                "distribution.replicas",
                f"'one_device' holds one replica, not {replicas}",
                hint="write 'name: mirrored' for several replicas",
                with_paths=("distribution.name",),
            )
        )
    return mistakes


def _monitor_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    train = experiment.train
    if experiment.data.validation != 0:
        return []
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
    if train.monitor != type(train).model_fields["monitor"].default:
        mistakes.append(
            pointer.mistake(
                "train.monitor",
                f"there is no validation {train.monitor} to monitor: data.validation is 0",
                hint="remove train.monitor, or set validation examples apart",
                with_paths=("data.validation",),
            )
        )
    return mistakes


def _jit_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    """What TensorFlow's XLA cannot compile; `auto` stays clear of it by itself."""
    train, model = experiment.train, experiment.model
    if train.jit in ("auto", False):
        return []
    mistakes = []
    if (experiment.distribution.replicas or 1) > 1:
        mistakes.append(
            pointer.mistake(
                "train.jit",
                "XLA cannot compile steps that several replicas share",
                hint="write 'jit: auto', or train on one device",
                with_paths=("distribution.replicas",),
            )
        )
    pools = isinstance(model, CNNConfig) and model.pool_size > 1
    if train.jit is True and pools and train.deterministic:
        mistakes.append(
            pointer.mistake(
                "train.jit",
                "XLA has no deterministic gradient of max pooling",
                hint="write 'jit: update' or 'jit: auto', or 'deterministic: false'",
                with_paths=("model.name", "model.pool_size", "train.deterministic"),
            )
        )
    return mistakes
