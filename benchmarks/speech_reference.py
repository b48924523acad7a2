"""A published network for spoken commands, with its published training, on the data at hand.

    python benchmarks/speech_reference.py --seeds 3 --json results.json

The reference of MLPerf Tiny (https://github.com/mlcommons/tiny): a network of depthwise separable
convolutions (DS-CNN, Zhang et al. 2017, https://arxiv.org/abs/1711.07128) in plain Keras, trained by
`keras.Model.fit`. Of the networks one could take it is the one whose whole training is published:
ten cepstral coefficients of 49 windows, batches of 100, Adam at 5e-4, 1e-4 and 2e-5 for twelve
epochs each, an L2 penalty of 1e-4. As there, no example is ever changed (what it has for that
draws its random numbers once for a whole run). It was made for 24 times as many examples as a
part of the set may have: `--times 8` gives each rate eight times as many epochs. Data, split
and spectra are those of dltrain's loader; nothing is chosen by validation, and the weights after
the last epoch are judged.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from dltrain.config.schema import MFCCConfig
from dltrain.config.schema.data import SpeechCommandsConfig
from dltrain.data.dataset import Dataset, Split, load_dataset
from dltrain.data.location import default_data_dir
from dltrain.models.cepstrum import cosine_transform
from machine import machine

FEATURES = MFCCConfig(
    name="mfcc", coefficients=10, mels=40, window_ms=30, hop_ms=20, lowest_hz=20, highest_hz=4000
)
BATCH_SIZE = 100
EPOCHS_PER_RATE = 12
LEARNING_RATES = (5e-4, 1e-4, 2e-5)
PENALTY = 1e-4
FILTERS, BLOCKS = 64, 4
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def reference_network(shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """DS-CNN: one convolution of 10 windows by 4 coefficients, then four separable ones.

    Args:
        shape: ``(windows, coefficients, 1)``.
        num_classes: how many logits.
    """
    inputs = keras.Input(shape, name="coefficients")
    first = keras.layers.Conv2D(
        FILTERS, (10, 4), strides=2, padding="same", kernel_regularizer=penalty(), name="first"
    )
    tensor = keras.layers.Dropout(0.2, name="first_dropout")(_normalised("first", first(inputs)))
    for block in range(1, BLOCKS + 1):
        depthwise = keras.layers.DepthwiseConv2D(
            3, padding="same", depthwise_regularizer=penalty(), name=f"depthwise_{block}"
        )
        pointwise = keras.layers.Conv2D(
            FILTERS, 1, kernel_regularizer=penalty(), name=f"pointwise_{block}"
        )
        tensor = _normalised(depthwise.name, depthwise(tensor))
        tensor = _normalised(pointwise.name, pointwise(tensor))
    tensor = keras.layers.Dropout(0.4, name="last_dropout")(tensor)
    tensor = keras.layers.GlobalAveragePooling2D(name="average")(tensor)
    logits = keras.layers.Dense(num_classes, name="logits")(tensor)
    return keras.Model(inputs, logits, name="ds_cnn")


def penalty() -> keras.regularizers.Regularizer:
    """The sum of squared weights that a kernel adds to the loss."""
    return keras.regularizers.L2(PENALTY)


def _normalised(name: str, tensor: keras.KerasTensor) -> keras.KerasTensor:
    tensor = keras.layers.BatchNormalization(name=f"{name}_norm")(tensor)
    return keras.layers.ReLU(name=f"{name}_relu")(tensor)


def arrays(dataset: Dataset, split: Split) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Cepstral coefficients ``(examples, windows, coefficients, 1)`` and labels of a split."""
    examples, indices = dataset.examples_of(split), dataset.indices_of(split)
    log_mel = examples.inputs[indices]
    transform = cosine_transform(log_mel.shape[-1], FEATURES.coefficients)
    return (log_mel @ transform)[..., np.newaxis], examples.labels[indices]


def trained(dataset: Dataset, seed: int, epochs_per_rate: int) -> dict[str, Any]:
    """Train once; returns the figures of validation and test, seconds and size."""
    keras.utils.set_random_seed(seed)
    inputs, labels = arrays(dataset, "train")
    model = reference_network(inputs.shape[1:], len(dataset.info.class_names))
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    rates = keras.callbacks.LearningRateScheduler(
        lambda epoch, _: LEARNING_RATES[epoch // epochs_per_rate]
    )
    epochs, started = epochs_per_rate * len(LEARNING_RATES), time.perf_counter()
    model.fit(inputs, labels, batch_size=BATCH_SIZE, epochs=epochs, callbacks=[rates], verbose=0)
    seconds = time.perf_counter() - started

    def accuracy(split: Split) -> float:
        figures = model.evaluate(*arrays(dataset, split), verbose=0, return_dict=True)
        return float(figures["accuracy"])

    return {
        "seed": seed,
        "parameters": model.count_params(),
        "seconds": seconds,
        "validation": accuracy("validation"),
        "test": accuracy("test"),
    }


def main() -> None:
    """Train with as many seeds as asked and print the figures of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1, help="how many trainings")
    parser.add_argument("--times", type=int, default=1, help="so many times the published epochs")
    parser.add_argument("--data-dir", type=Path, help="where tensorflow-datasets keeps its sets")
    parser.add_argument("--json", type=Path, help="write every figure here")
    arguments = parser.parse_args()
    facts = machine()
    config = SpeechCommandsConfig(name="speech_commands", features=FEATURES)
    dataset = load_dataset(config, arguments.data_dir or default_data_dir(), offline=True)
    epochs_per_rate = EPOCHS_PER_RATE * arguments.times
    runs: list[dict[str, Any]] = []
    for seed in range(arguments.seeds):
        runs.append(trained(dataset, seed, epochs_per_rate))
        print(json.dumps(runs[-1]), flush=True)
    test = [run["test"] for run in runs]
    print(f"test accuracy: mean {statistics.mean(test):.2%}, {min(test):.2%} to {max(test):.2%}")
    if arguments.json:
        examples = {split: len(dataset.indices_of(split)) for split in SPLITS}
        document = {"machine": facts, "epochs": 3 * epochs_per_rate, "examples": examples}
        document["runs"] = runs
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
