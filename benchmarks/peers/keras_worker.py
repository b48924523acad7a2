"""`keras.Model.fit`, as a tutorial has it or with its settings chosen."""

import argparse
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from keras_models import MODELS
from serving import serve

PREFETCHED = 2  # batches


def main() -> None:
    """Train as often as asked."""
    arguments = _arguments()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
    keras.mixed_precision.set_dtype_policy(arguments.policy)
    keras.utils.set_random_seed(0)
    inputs, labels = (np.load(arguments.arrays / f"{n}.npy") for n in ("inputs", "labels"))
    if inputs.dtype == np.uint8:
        inputs = inputs.astype("float32") / 255
    model = _compiled(arguments, binary=int(labels.max()) == 1)
    given = _given(arguments, inputs, labels)

    def epoch() -> float:
        return float(model.fit(**given, epochs=1, verbose=0).history["loss"][0])

    serve(epoch, sum(v.shape.num_elements() for v in model.trainable_variables))


def _compiled(arguments: argparse.Namespace, *, binary: bool) -> keras.Model:
    model = MODELS[arguments.model]()
    losses = keras.losses
    kind = losses.BinaryCrossentropy if binary else losses.SparseCategoricalCrossentropy
    model.compile(
        optimizer="adam",
        loss=kind(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=arguments.steps_per_execution,
        jit_compile=arguments.jit,
    )
    return model


def _given(arguments: argparse.Namespace, inputs: Any, labels: Any) -> dict[str, Any]:
    if not arguments.dataset:
        return {"x": inputs, "y": labels, "batch_size": arguments.batch_size}
    dataset = tf.data.Dataset.from_tensor_slices((inputs, labels)).shuffle(len(inputs))
    return {"x": dataset.batch(arguments.batch_size).prefetch(PREFETCHED)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--arrays", type=Path, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--policy", default="float32")
    parser.add_argument("--steps-per-execution", type=int, default=1)
    parser.add_argument("--jit", action="store_true")
    parser.add_argument("--dataset", action="store_true", help="tf.data instead of arrays")
    return parser.parse_args()


if __name__ == "__main__":
    main()
