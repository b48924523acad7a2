"""`model.keras`: the judged weights in float32, loadable by plain Keras with no dltrain installed."""

from pathlib import Path

import keras

from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.devices.strategy import set_precision
from dltrain.models.build import build_model, with_probabilities
from dltrain.runs.files import put_in_place


def export_model(
    path: Path, experiment: ExperimentConfig, info: DatasetInfo, judged: keras.Model
) -> None:
    """Write a model from stored examples to float32 probabilities.

    It is rebuilt in float32 outside of any strategy and saved beside its place, so that
    a model that is there is always a whole one.
    """
    set_precision("float32")
    plain = build_model(experiment.model, info)
    for target, source in zip(plain.variables, judged.variables, strict=True):
        target.assign(source.numpy())
    partial = path.with_name(".partial-model.keras")
    with_probabilities(plain).save(partial)
    put_in_place(partial, path)
