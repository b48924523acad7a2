"""A saved config loads back to an equal tree, and its digest stands for all of it."""

import math
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from dltrain.config.fields import sections
from dltrain.config.load import load_text
from dltrain.config.save import differences, digest, to_yaml
from dltrain.config.schema import ArraysConfig, ExperimentConfig

TEXTS = [
    "data: {name: digits}\nmodel: {name: mlp}",
    "data: {name: mnist, validation: 5000, limit: 60}\nmodel: {name: cnn, filters: [4]}",
    "data: {name: mnist, validation: 0.0}\nmodel: {name: mlp, hidden_units: []}",
    "data: {name: digits}\nmodel: {name: mlp}\ntrain: {jit: false, ema: 0.999, steps_per_call: 4}",
    "data: {name: digits}\nmodel: {name: mlp}\n"
    "optimizer: {name: sgd, learning_rate: 1e-22, schedule: {name: constant, warmup: 0.05}}\n"
    "train: {early_stopping: {patience: 3}}",
]


ALL_KNOBS = [
    "seed: 3\n"
    "data: {name: mnist, batch_size: 8, validation: 100, split_seed: 1, limit: 50,\n"
    "  evaluation_limit: 20, drop_remainder: true, resident: false, synthetic: true,\n"
    "  augmentation: {flip: alternating, translate: 2, pad_and_crop: 4, rotate: 7.5,\n"
    "    scale: 0.1, shear: 0.2, elastic: {alpha: 20.0, sigma: 5}, cutout: 8, mixup: 0.2, cutmix: 1}}\n"
    "model: {name: cnn, filters: [4, 8], convolutions_per_stage: 2, kernel_size: 5,\n"
    "  padding: valid, pool_size: 1, pool_after: first, residual: true, activation: gelu,\n"
    "  norm: layer, head: max, hidden_units: [9], dropout: 0.1, l1: 1e-6, l2: 1e-5}\n"
    "optimizer: {name: sgd, learning_rate: 0.3, momentum: 0.5, nesterov: true,\n"
    "  weight_decay: 1e-4, clip_norm: 1.0, schedule: {name: constant, warmup: 0.1}}\n"
    "train: {epochs: 2, max_steps: 9, max_seconds: 8.5, validate_every: 2, loss: cross_entropy,\n"
    "  metrics: [top_3_accuracy, balanced_accuracy], monitor: balanced_accuracy,\n"
    '  class_weights: {"3": 2, "7": 0.5}, early_stopping: {patience: 2, min_delta: 0.01},\n'
    "  label_smoothing: 0.1, ema: 0.9, test_time_augmentation: {flip: false, shift: 1},\n"
    "  distillation: {teacher: ../runs/t, weight: 0.3}, keep_checkpoints: 3, precision: float32, jit: false,\n"
    "  steps_per_call: 2, deterministic: false}\n"
    "distribution: {name: mirrored, replicas: 2}\n",
    "data: {name: cifar10, test: last_10000}\n"
    "model: {name: transformer, dim: 24, depth: 3, heads: 3, mlp_ratio: 3, tokens: convolutions,\n"
    "  patch_size: 8, positions: sinusoidal, norm: post, pooling: attention, activation: silu,\n"
    "  dropout: 0.1, stochastic_depth: 0.2}\n"
    "optimizer: {name: adamw, beta_1: 0.8, beta_2: 0.99, epsilon: 1e-8,\n"
    "  schedule: {name: cosine, final: 0.1}}\n",
    "data: {name: cifar10}\n"
    "model: {name: cnn, whitening: 3, norm_momentum: 0.6, norm_scale: false, initializer: identity,\n"
    "  hidden_units: [9]}\n"
    "optimizer: {name: muon, learning_rate: 0.24, momentum: 0.6, nesterov: false,\n"
    "  newton_schulz_steps: 3, keep_norm: true,\n"
    "  others: {name: sgd, learning_rate: 0.05, momentum: 0.85, nesterov: true, weight_decay: 1e-3},\n"
    "  groups: {bias: {learning_rate: 0.1, weight_decay: 0}, norm: {learning_rate: 0.2, weight_decay: 0.3},\n"
    "    head: {learning_rate: 0.6, weight_decay: 0.2}},\n"
    "  schedule: {name: one_cycle, warmup: 0.25, start: 0.1, final: 0.05}}\n"
    "train: {lookahead: {every: 7, pull: 0.4, ramp: cubic}}\n",
    "data: {name: cifar10}\nmodel: {name: mlp}\n"
    "optimizer: {name: muon, weight_decay: 0.1, others: {beta_1: 0.8, beta_2: 0.99, epsilon: 1e-8}}\n",
    "data: {name: imdb, vocab_size: 500, sequence_length: 60, cut: start,\n"
    "  augmentation: {word_dropout: 0.1}}\n"
    "model: {name: lstm, cell: gru, units: [8, 4], bidirectional: true, pooling: max, dropout: 0.1,\n"
    "  segment_length: 20, embedding: {units: 7, dropout: 0.2}}\n"
    "optimizer: {groups: {embedding: {learning_rate: 0.2, weight_decay: 0.1}}}\n"
    "train: {class_weights: balanced}\n",
    "data: {name: imdb, pad: start, ngrams: 2}\n"
    "model: {name: mlp, hidden_units: [5], norm: batch, pooling: sum, embedding: {naive_bayes: true}}\n"
    "train: {accumulation: 2, checkpoint_seconds: null}",
    "data: {name: digits}\nmodel: {name: lstm, image_steps: sweeps, patch_size: 2}",
    "data: {name: speech_commands, validation: 0.2,\n"
    "  features: {name: mfcc, coefficients: 9, mels: 30, window_ms: 25, hop_ms: 12.5,\n"
    "    lowest_hz: 50, highest_hz: 7000},\n"
    "  augmentation: {stretch: 0.1, mel_shift: 1.5, volume: 6, mixup: 0.3,\n"
    "    time_shift: 4, noise_probability: 1, noise_gain: 0.2, time_masks: 1,\n"
    "    time_mask_frames: 10, frequency_masks: 2, frequency_mask_mels: 4}}\n"
    "model: {name: crnn, filters: [4], kernel_size: 5, pool_size: 3, activation: elu, norm: none}\n"
    "train: {class_weights: {no: 2.0, yes: 3, on: 1.0, off: 0.1, _silence_: 1e-3}}\n",
    "data: {name: speech_commands}\nmodel: {name: lstm, frames_per_step: 4}",
    "data: {name: speech_commands}\nmodel: {name: cnn, audio_axes: time}",
    "data: {name: breast_cancer}\nmodel: {name: mlp}\ntrain: {loss: squared_error, monitor: auc}",
    "data: {name: diabetes, normalise: false}\nmodel: {name: mlp}\n"
    "train: {loss: huber, monitor: loss, reduction: sum, checkpoint_every: 5, checkpoint_steps: 7,\n"
    "  checkpoint_seconds: 0.5, on_nan: rollback, rollbacks: 2, rollback_factor: 0.1}",
    "data: {name: xor, batch_size: all, validation: 1, normalise: true}\n"
    "model: {name: mlp, initializer: uniform}\noptimizer: {name: adam, beta_1: 0.8, beta_2: 0.99,\n"
    "  epsilon: 1e-8, learning_rate: 0.1, schedule: {name: linear, final: 0.2}}\n",
    "data: {name: random, shape: [6, 2], classes: 3, examples: 50, test_examples: 0}\n"
    "model: {name: transformer, patch_size: 2, mlp_ratio: 0, residual: false, norm: none}\n"
    "optimizer: {name: rmsprop, rho: 0.8, momentum: 0.1, centered: true, epsilon: 1e-6,\n"
    "  schedule: {name: exponential, final: 0.1}}\n",
    "data: {name: arrays, x: [1, 2.5, -3e-7], y: [1, 0, 2], kind: table, task: classification,\n"
    "  validation: 1, normalise: true}\nmodel: {name: linear, degree: 2, initializer: uniform}\n"
    "optimizer: {name: adagrad, initial_accumulator: 0, epsilon: 1e-6,\n"
    "  schedule: {name: step, at: [0.2, 0.4], factor: 0.5}}\n",
    "data: {name: arrays, x: [[1, 2], [3, 4]], y: [0.5, 1e-3], kind: sequence, task: regression}\n"
    "model: {name: lstm, activation: relu}",
    "data: {name: arrays, x: [[[1], [2]], [[3], [4]]],\n"
    '  y: ["yes", "1"]}\nmodel: {name: crnn, filters: [2]}',
    "data: {name: arrays, x: [[[[1, 2, 3], [4, 5, 6]]], [[[0, 0, 0], [7, 8, 9]]]],\n"
    '  y: ["null", "a: b # c", ]}\nmodel: {name: cnn, filters: [2, 4], pool_size: [1, 1]}',
]
"""Valid configs that together change every knob there is from its default."""


def experiment(text: str) -> ExperimentConfig:
    """Load a text."""
    return load_text(text, "x.yaml").experiment


@pytest.mark.parametrize("text", [*TEXTS, *ALL_KNOBS])
def test_round_trip(text: str) -> None:
    """What is saved loads back to an equal tree with the same types and digest."""
    first = experiment(text)
    second = experiment(to_yaml(first))
    assert first == second
    assert repr(first) == repr(second)
    assert digest(first) == digest(second)


def test_digest_of_tuples() -> None:
    """The digest is the same for numbers from YAML, from a dumped tree, and from JSON."""
    first = experiment(ALL_KNOBS[-1])
    for again in (
        ExperimentConfig.model_validate(first.model_dump()),
        ExperimentConfig.model_validate_json(first.model_dump_json()),
    ):
        assert repr(again) == repr(first)
        assert digest(again) == digest(first)


def test_large_number() -> None:
    """A whole number of many digits keeps all of them."""
    number = 10**35 + 1
    first = experiment(f"data: {{name: arrays, x: [{number}], y: [1]}}\nmodel: {{name: linear}}")
    assert experiment(to_yaml(first)) == first


def test_numbers_by_argument() -> None:
    """Numbers, labels and a batch of everything can be set by arguments; lists replace lists."""
    text = "data: {name: arrays, x: [[1, 2], [3, 4]], y: [0, 1]}\nmodel: {name: mlp}"
    changes = ["data.x=[1, 2, 3]", "data.y=[a, b, a]", "data.batch_size=all"]
    data = load_text(text, "x.yaml", changes).experiment.data
    assert isinstance(data, ArraysConfig)
    assert (data.x, data.y, data.batch_size) == ((1, 2, 3), ("a", "b", "a"), "all")


def test_every_knob() -> None:
    """The round trips leave no knob of any section at its default."""
    changed = {
        (path, key)
        for text in ALL_KNOBS
        for path, section in sections_of(experiment(text))
        for key, field in type(section).model_fields.items()
        if getattr(section, key) != field.default
    }
    every = {(path, key) for path, _, schema in sections() for key in schema["properties"]}
    assert every == changed


def sections_of(section: BaseModel, path: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Yield every section of a tree with its dotted path."""
    yield path, section
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, BaseModel):
            yield from sections_of(value, f"{path}.{key}" if path else key)


WEIGHTS = "data: {name: imdb}\nmodel: {name: mlp}\ntrain: {class_weights: {neg: 2.0}}"


@pytest.mark.parametrize(
    ("override", "weights"),
    [
        ("train.class_weights=balanced", "balanced"),
        ("train.class_weights={pos: 2}", {"neg": 2.0, "pos": 2.0}),
        ("train.class_weights.neg=0.5", {"neg": 0.5}),
        ("train.class_weights=", None),
    ],
)
def test_class_weights(override: str, weights: object) -> None:
    """An argument adds to the class weights of a file, or takes their place."""
    loaded = load_text(WEIGHTS, "x.yaml", [override])
    assert loaded.experiment.train.class_weights == weights
    assert experiment(to_yaml(loaded.experiment)) == loaded.experiment


def test_differences_of_class_weights() -> None:
    """Class weights differ one by one."""
    second = load_text(WEIGHTS, "x.yaml", ["train.class_weights={pos: 3}"]).experiment
    assert differences(experiment(WEIGHTS), second) == [("train.class_weights.pos", None, 3.0)]


def test_text() -> None:
    """The saved text names each section first and writes lists on one line."""
    lines = to_yaml(experiment(TEXTS[0])).splitlines()
    assert lines[:4] == ["seed: 0", "data:", "  name: digits", "  batch_size: 128"]
    assert "  hidden_units: [256, 128]" in lines
    assert "  epsilon: 1e-07" in lines
    assert lines[-3:] == ["distribution:", "  name: auto", "  replicas: null"]


def test_digest_of_spelling() -> None:
    """The digest does not depend on how a value is written."""
    short = "data: {name: digits}\nmodel: {name: mlp}\noptimizer: {learning_rate: 1e-3}"
    long = "model:\n  name: mlp\ndata:\n  name: digits\noptimizer:\n  learning_rate: 0.00100"
    assert digest(experiment(short)) == digest(experiment(long))


def test_digest_of_change() -> None:
    """The digest changes with any value."""
    assert len({digest(experiment(text)) for text in TEXTS}) == len(TEXTS)
    assert all(len(digest(experiment(text))) == 8 for text in TEXTS)


def test_digest_in_another_process() -> None:
    """The digest is the same in a process with another hash seed."""
    code = (
        "from dltrain.config.load import load_text; from dltrain.config.save import digest;"
        f"print(digest(load_text({TEXTS[0]!r}, 'x').experiment))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == digest(experiment(TEXTS[0]))


def test_differences() -> None:
    """Differences name the path and both values, None where one has no such key."""
    first = experiment("data: {name: digits}\nmodel: {name: mlp, dropout: 0.1}")
    second = experiment("data: {name: digits}\nmodel: {name: mlp}\ntrain: {epochs: 3}")
    assert differences(first, second) == [
        ("model.dropout", 0.1, 0.0),
        ("train.epochs", 10, 3),
    ]
    assert differences(first, first) == []


def test_differences_of_sections() -> None:
    """A key that only one tree has is a difference, also when its value is null there."""
    first = experiment("data: {name: digits}\nmodel: {name: mlp}")
    second = experiment(
        "data: {name: digits}\nmodel: {name: mlp}\ntrain: {early_stopping: {patience: 3}}"
    )
    assert differences(first, second) == [
        ("train.early_stopping", None, None),
        ("train.early_stopping.patience", None, 3),
        ("train.early_stopping.min_delta", None, 0.0),
    ]


def test_infinity_is_never_in_a_tree() -> None:
    """No number of a valid tree is infinite, so that the canonical JSON is JSON."""
    values = experiment(TEXTS[0]).optimizer.model_dump().values()
    assert all(math.isfinite(value) for value in values if isinstance(value, float))
