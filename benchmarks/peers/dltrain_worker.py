"""dltrain's own loop on a config; first it writes the examples that all the others read."""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from serving import serve, tell

from dltrain.config.load import load_config
from dltrain.data.dataset import load_dataset
from dltrain.data.location import default_data_dir
from dltrain.devices.arithmetic import backward_multiply_adds, multiply_adds
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.measuring.product import make_product
from dltrain.models.build import build_model

sys.path.append(str(Path(__file__).resolve().parents[1]))  # what all benchmarks share

from our_loop import Ours

PRECISIONS = ("float32", "bfloat16")
PRODUCT_SECONDS = 2.0


def main() -> None:
    """Write the arrays, or train as often as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--arrays", type=Path, help="write the examples here and end")
    arguments = parser.parse_args()
    experiment = load_config(arguments.config, arguments.set).experiment
    prepare_tensorflow(
        seed=0,
        deterministic=True,
        threads=Threads.of_this_machine(),
        distribution=experiment.distribution,
    )
    dataset = load_dataset(experiment.data, default_data_dir())
    if arguments.arrays:
        examples = dataset.examples_of("train")
        np.save(arguments.arrays / "inputs.npy", examples.inputs[dataset.train])
        np.save(arguments.arrays / "labels.npy", examples.labels[dataset.train])
        model = build_model(experiment.model, dataset.info)
        tell(
            examples=len(dataset.train),
            batch_size=experiment.data.batch_size,
            flops_per_example=2 * (multiply_adds(model) + backward_multiply_adds(model)),
            product={name: make_product(name)(PRODUCT_SECONDS) for name in PRECISIONS},
        )
        return
    ours = Ours(experiment, dataset)
    serve(ours.epoch, ours.parameters)


if __name__ == "__main__":
    main()
