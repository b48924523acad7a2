"""Sizes of splits, and configs at the very edge of what fits."""

import dataclasses

import pytest

from dltrain.config.fit import mistakes_of
from dltrain.config.load import load_text
from dltrain.config.mistakes import ConfigError
from dltrain.config.save import to_yaml
from dltrain.config.split_sizes import SplitSizes, split_sizes
from dltrain.dataset_info import DATASET_INFO

BASE = "data: {name: digits}\nmodel: {name: mlp}\n"

SIZES: list[tuple[list[str], SplitSizes]] = [
    ([], SplitSizes(1293, 144, 360)),
    (["data.validation=0"], SplitSizes(1437, 0, 360)),
    (["data.validation=0.0"], SplitSizes(1437, 0, 360)),
    (["data.validation=437"], SplitSizes(1000, 437, 360)),
    (["data.validation=0.5"], SplitSizes(719, 718, 360)),
    (["data.limit=100"], SplitSizes(100, 144, 360)),
    (["data.evaluation_limit=150"], SplitSizes(1293, 144, 150)),
    (["data.name=mnist", "data.validation=10000"], SplitSizes(50_000, 10_000, 10_000)),
]


@pytest.mark.parametrize(("changes", "sizes"), SIZES)
def test_split_sizes(changes: list[str], sizes: SplitSizes) -> None:
    """Validation is cut first, then limits keep the first examples."""
    data = load_text(BASE, "x.yaml", changes).experiment.data
    assert split_sizes(data, DATASET_INFO[data.name]) == sizes


def test_official_split() -> None:
    """An official validation split leaves all training examples."""
    info = dataclasses.replace(
        DATASET_INFO["digits"], num_examples={"train": 100, "validation": 20, "test": 30}
    )
    data = load_text(BASE, "x.yaml").experiment.data.model_copy(update={"validation": "official"})
    assert split_sizes(data, info) == SplitSizes(100, 20, 30)


@pytest.mark.parametrize(
    "changes",
    [
        ["model.name=cnn", "model.filters=[8, 8, 8]"],
        ["model.name=cnn", "model.filters=[8, 8, 8, 8, 8]", "model.pool_size=1"],
        ["model.name=cnn", "model.filters=[8]", "model.kernel_size=7", "model.padding=valid"],
        ["model.name=cnn", "model.kernel_size=99"],
        ["model.name=cnn", "model.filters=[8]", "model.pool_size=8"],
        ["data.validation=1436"],
        ["data.limit=1293"],
        ["data.evaluation_limit=360"],
        ["data.batch_size=1293", "data.drop_remainder=true"],
        ["data.batch_size=2000"],
        ["data.batch_size=8", "distribution.replicas=8"],
        ["distribution.name=one_device", "distribution.replicas=1"],
        ["train.metrics=[top_5_accuracy, top_2_accuracy]"],
        ["train.loss=squared_error", "train.monitor=loss"],
        ["data.name=imdb", "train.monitor=auc", "train.label_smoothing=0.1"],
        ["data.name=speech_commands", "train.monitor=balanced_accuracy"],
        ["data.name=imdb", "train.class_weights={pos: 2}"],
        ["model={name: cnn, filters: [8], convolutions_per_stage: 2, padding: valid}"],
        [
            "model={name: cnn, filters: [8], convolutions_per_stage: 2, padding: valid}",
            "model.pool_after=first",
        ],
        ["model.name=cnn", "model.convolutions_per_stage=1000000000"],
        ["model.name=cnn", "model.filters=[8, 8, 8]", "model.residual=true"],
        ["data.name=imdb", "data.sequence_length=8", "model.name=cnn", "model.filters=[4, 4, 4]"],
        ["data.name=speech_commands", "model.name=crnn", "model.filters=[4, 4, 4, 4, 4]"],
        [
            "data.name=speech_commands",
            "model={name: cnn, audio_axes: time, filters: [4, 4, 4, 4, 4, 4]}",
        ],
        ["data.name=imdb", "data.sequence_length=50", "model.name=lstm", "model.segment_length=50"],
        ["model.name=lstm", "model.image_steps=sweeps", "model.patch_size=8"],
        ["data.name=speech_commands", "model.name=lstm", "model.frames_per_step=98"],
        ["model.name=transformer", "model.dim=63", "model.heads=3", "model.positions=sinusoidal"],
        ["model.name=transformer", "model.tokens=convolutions", "model.patch_size=8"],
        ["data.name=imdb", "model.name=transformer", "model.patch_size=400"],
        ["model.name=transformer", "train.jit=true"],
        ["data.name=speech_commands", "data.features={window_ms: 1000, highest_hz: 8000}"],
        ["data.name=speech_commands", "data.features.mels=124"],
        ["data.name=speech_commands", "data.features={name: mfcc, coefficients: 40}"],
        ["data.augmentation={translate: 7, pad_and_crop: 7}"],
        ["train.test_time_augmentation.shift=7"],
        [
            "data={name: speech_commands, features: {hop_ms: 100, mels: 4}}",
            "data.augmentation={time_shift: 9, time_mask_frames: 99, frequency_mask_mels: 99}",
        ],
        ["data.name=xor", "data.batch_size=all", "distribution.replicas=4"],
        ["data.name=xor", "data.batch_size=all", "data.drop_remainder=true"],
        ["data={name: xor, validation: 3, evaluation_limit: 3}"],
        ["data={name: random, examples: 5, validation: 4, test_examples: 0}"],
        ["data={name: random, shape: [10]}", "train.loss=half_squared_error"],
        ["data={name: random, shape: [4, 4, 2]}", "model.name=cnn"],
        ["data={name: random, shape: [4, 1]}", "model.name=transformer"],
        [
            "data={name: random, shape: [2, 1]}",
            "model={name: cnn, filters: [4, 4]}",
            "model.pool_size=[2, 1]",
        ],
        ["data={name: arrays, x: [5], y: [3]}", "model={name: linear, degree: 10}"],
        ["data={name: arrays, x: [[5, 1]], y: [3], kind: sequence}", "model.name=lstm"],
        ["data={name: arrays, x: [[[5, 1]]], y: [3], kind: image}", "model.name=lstm"],
        [
            "data={name: arrays, x: [[[[5, 1]]]], y: [3], kind: image}",
            "model.name=crnn",
            "model.filters=[4]",
            "model.pool_size=1",
        ],
        ["data={name: arrays, x: [1, 2], y: [7, 9.0], task: classification}"],
        ["data={name: arrays, x: [1, 2], y: [1, 1]}", "train.metrics=[rmse]"],
        ["model={name: transformer, mlp_ratio: 0, residual: false, norm: none}"],
        ["optimizer={name: sgd, momentum: 0.1, nesterov: true}"],
        ["optimizer.schedule={name: step, at: [0.1, 0.2, 0.3]}"],
    ],
    ids=" ".join,
)
def test_edge(changes: list[str]) -> None:
    """What only just fits is no mistake."""
    assert mistakes_of(load_text(BASE, "x.yaml", changes).experiment, {}) == []


@pytest.mark.parametrize(("examples", "fits"), [(1490, True), (1550, False)])
def test_arrays_that_a_run_can_write_down(examples: int, fits: bool) -> None:
    """Numbers in a config leave room for the defaults that a run writes beside them."""
    rows, labels = [[1, 2, 3, 4]] * examples, list(range(examples))
    text = f"data: {{name: arrays, x: {rows}, y: {labels}}}\nmodel: {{name: mlp}}\n"
    if fits:
        experiment = load_text(text, "x.yaml").experiment
        assert load_text(to_yaml(experiment), "saved.yaml").experiment == experiment
    else:
        with pytest.raises(ConfigError, match="too many to be written out"):
            load_text(text, "x.yaml")
