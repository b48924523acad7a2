"""`model.keras`: the judged weights in float32, loadable by plain Keras with no dltrain installed."""

from pathlib import Path

import keras

from dltrain.config.schema import ExperimentConfig, SpeechCommandsConfig
from dltrain.data.log_mel import from_waveforms
from dltrain.dataset_info import DatasetInfo
from dltrain.devices.strategy import set_precision
from dltrain.models.build import build_model, with_probabilities
from dltrain.runs.files import put_in_place, replace_bytes
from dltrain.runs.run_dir import RunDir


def export_model(
    path: Path, experiment: ExperimentConfig, info: DatasetInfo, judged: keras.Model
) -> None:
    """Write a model from stored examples, or waveforms, to float32 probabilities.

    It is rebuilt in float32 outside of any strategy and saved beside its place, so that
    a model that is there is always a whole one.
    """
    if info.vocabulary:  # before the model, which is of no use without it
        _write_vocabulary(RunDir(path.parent).vocabulary, info.vocabulary)
    set_precision("float32")
    plain = build_model(experiment.model, info)
    for target, source in zip(plain.variables, judged.variables, strict=True):
        target.assign(source.numpy())
    partial = path.with_name(".partial-model.keras")
    whole = with_probabilities(plain, info)
    if isinstance(experiment.data, SpeechCommandsConfig):
        whole = from_waveforms(whole, experiment.data.features, info)
    whole.save(partial)
    put_in_place(partial, path)


def _write_vocabulary(path: Path, vocabulary: tuple[str, ...]) -> None:
    """One word per line; the line is the word's number, counted from 0."""
    replace_bytes(path, "".join(f"{word}\n" for word in vocabulary).encode())
