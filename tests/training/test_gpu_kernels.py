"""No batch leaves the GPU on its way through a step, as far as TensorFlow's table of kernels tells."""

import json
import sys
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltrain.config.load import load_text
from dltrain.config.tasks import resolve_task
from dltrain.data.dataset import Dataset
from dltrain.data.examples import Examples
from dltrain.dataset_info import DATASET_INFO
from dltrain.training import resident, streamed
from dltrain.training.gradients import make_batch_gradients
from dltrain.training.learner import make_learner
from dltrain.training.supply import make_supply
from gpu_kernels import left_to_host

BATCH = 11  # no other size is a multiple of it
EXAMPLES = 30
MOVES = {"flip": "random", "translate": 1, "pad_and_crop": 1}
WARP = {"rotate": 9.0, "scale": 0.1, "shear": 0.1, "elastic": {"sigma": 3.0}}
MIX = {"cutout": 2, "mixup": 0.2, "cutmix": 1.0}
IMAGES = {"name": "digits", "augmentation": {**MOVES, **WARP, **MIX}}
WORDS = {"name": "imdb", "sequence_length": 12, "augmentation": {"word_dropout": 0.1}}
MASKS = {"time_masks": 1, "time_mask_frames": 2, "frequency_masks": 1, "frequency_mask_mels": 2}
VOICES = {"stretch": 0.1, "mel_shift": 1.0, "volume": 3.0, "mixup": 0.3}
SOUNDS = {
    "name": "speech_commands",
    "augmentation": {"time_shift": 1, "noise_probability": 0.5, **MASKS, **VOICES},
}
SHAPES = {"digits": (8, 8, 1), "imdb": (12,), "speech_commands": (12, 10)}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mlp": (IMAGES, {"name": "mlp", "hidden_units": [4], "norm": "batch", "dropout": 0.2}),
    "cnn": (SOUNDS, {"name": "cnn", "filters": [4], "norm": "batch"}),
    "transformer": (WORDS, {"name": "transformer", "dim": 4, "depth": 1, "heads": 2}),
    "lstm": (WORDS, {"name": "lstm", "units": [4], "bidirectional": True}),
}
SMALL = {
    "StridedSlice int32",  # a replica's share of the indices, which come from the host
    "Equal int32",  # right answers are counted
    "Equal bool",
}
FOR_MIXING = {"ConcatV2 int32"}  # the last of the indices put before the first
FOR_CUDNN = {
    *("CudnnRNNV3 int32", "CudnnRNNBackpropV3 int32", "Sum int32"),
    *("ExpandDims int32", "Less int32", "Less bool"),
}
"""It takes the lengths of sequences from the host, and Keras tests there that they are."""


def traced(data: dict[str, Any], model: dict[str, Any]) -> Any:
    """The graph of one batch's gradients."""
    settings = {"data": data, "model": model}
    name, shape = data["name"], SHAPES[data["name"]]
    static = DATASET_INFO[name]
    facts = {"mean": (0.0,), "standard_deviation": (1.0,)} if name == "speech_commands" else {}
    vocabulary = 50 if name == "imdb" else None
    info = replace(static, input_shape=shape, vocab_size=vocabulary, **facts)
    experiment = resolve_task(load_text(json.dumps(settings), "test.yaml").experiment, info)
    inputs = np.ones((EXAMPLES, *shape), info.input_dtype)
    labels = (np.arange(EXAMPLES) % len(info.class_names)).astype(np.int32)
    order, none = np.arange(EXAMPLES), np.arange(0)
    dataset = Dataset(info, {"train": Examples(inputs, labels)}, order, none, none, "", ())
    learner = make_learner(experiment, info, tf.distribute.get_strategy())
    supply = make_supply(learner.strategy, experiment, dataset)
    of_batch = make_batch_gradients(learner, experiment, dataset, supply)
    fetched = () if supply.stored else supply.fetch(np.zeros((1, BATCH), np.int32))
    gradients = tf.function(partial(of_batch, fetched=fetched), autograph=False)
    scalar = tf.TensorSpec((), tf.int32)
    return gradients.get_concrete_function(tf.TensorSpec(BATCH, tf.int32), scalar, scalar).graph


@pytest.mark.parametrize("case", CASES)
def test_no_batch_leaves_the_gpu(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gathering, augmentation, model, loss and gradients have kernels in a GPU's own memory."""
    monkeypatch.setattr(resident, "are_gpus", lambda _: True)
    recurrent = sys.modules["keras.src.backend.tensorflow.rnn"]
    monkeypatch.setattr(recurrent, "_is_gpu_available", lambda: True)  # so cuDNN's layers are taken
    left = left_to_host(traced(*CASES[case]), BATCH)
    assert left == SMALL | {"lstm": FOR_CUDNN, "mlp": FOR_MIXING, "cnn": FOR_MIXING}.get(
        case, set()
    )


def test_no_fetched_batch_leaves_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do examples that were fetched for a call."""
    monkeypatch.setattr(streamed, "are_gpus", lambda _: True)
    data = {**IMAGES, "augmentation": {**MOVES, **WARP}, "resident": False}
    assert left_to_host(traced(data, CASES["mlp"][1]), BATCH) == SMALL | {"Slice int32"}


def test_the_table_tells() -> None:
    """Pixels gathered as they are stored, and as a CPU changes them, would leave a GPU."""
    assert "GatherV2 uint8" in left_to_host(traced(*CASES["mlp"]), BATCH)
