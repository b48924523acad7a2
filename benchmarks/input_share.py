"""A step on the dataset beside the same step on one repeated batch.

    python benchmarks/input_share.py configs/mnist_*.yaml configs/cifar_*.yaml \
        configs/imdb_*.yaml configs/speech_commands_*.yaml

Each config's own model, batch, optimizer and augmentation. One side trains as `dltrain run`
does: every step takes the next examples of a shuffled epoch. The other makes the same compiled
steps on a set that holds a single batch, shown again and again, so that nothing has to be
found. A third leaves augmentation out on top of that. They take turns, so that whatever else the machine does falls on
all; the first turn of each, which compiles, is left out. A ratio near one says that the
model never waits for its data.
"""

import argparse
import json
import os
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from dltrain.config.load import load_config
from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.data.examples import Examples
from dltrain.data.location import default_data_dir
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.strategy import make_strategy
from dltrain.devices.team import Team
from dltrain.measuring.stepper import Stepper
from dltrain.training.ready import make_ready
from machine import machine

RATE = 1e-4  # low, so that no network runs away on one batch
STEPS_IN_EPOCH = 64  # of one batch; as many as there may be in a call


def _side(experiment: ExperimentConfig, dataset: Dataset) -> Stepper:
    team = Team(make_strategy(experiment.distribution))
    experiment, learner = make_ready(experiment, dataset, team)
    return Stepper(learner, experiment, dataset)


def _slow(experiment: ExperimentConfig) -> ExperimentConfig:
    optimizer = experiment.optimizer.model_copy(update={"learning_rate": RATE})
    return experiment.model_copy(update={"optimizer": optimizer})


def one_batch(dataset: Dataset, batch_size: int) -> Dataset:
    """A dataset whose training part is its first batch, alone in memory."""
    first = dataset.train[:batch_size]
    examples = dataset.examples_of("train")
    alone = Examples(np.array(examples.inputs[first]), np.array(examples.labels[first]))
    indices = np.tile(np.arange(len(first), dtype=np.int32), STEPS_IN_EPOCH)
    return replace(dataset, stored={"train": alone}, train=indices)


def compare(path: Path, turns: int, seconds: float) -> dict[str, Any]:
    """Time the sides on one config, alternating; gives medians in milliseconds."""
    experiment = load_config(path).experiment
    batch_size = experiment.data.batch_size
    if batch_size == "all":
        raise SystemExit(
            f"{path}: data.batch_size is 'all', so its one batch is the dataset and there is "
            "nothing to compare. Leave this config out, or give it a number of examples."
        )
    dataset = load_dataset(experiment.data, default_data_dir())
    experiment = _slow(experiment)
    repeated = one_batch(dataset, batch_size)
    sides = {"dataset": _side(experiment, dataset), "batch": _side(experiment, repeated)}
    if getattr(experiment.data, "augmentation", None) is not None:
        plain = experiment.model_copy(
            update={"data": experiment.data.model_copy(update={"augmentation": None})}
        )
        sides["unaugmented"] = _side(plain, repeated)
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(turns + 1):
        for name, side in sides.items():
            taken = side.turn(seconds)
            if turn:  # the first compiles
                times[name].append(1000 * taken.seconds / taken.steps)
    return {"config": path.stem, "milliseconds": times}


def main() -> None:
    """Compare on every config named and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each turn")
    parser.add_argument("--json", type=Path, help="write every single time here")
    arguments = parser.parse_args()
    experiment = load_config(arguments.configs[0]).experiment
    prepare_tensorflow(
        seed=0,
        deterministic=True,
        threads=Threads.of_this_machine(),
        distribution=experiment.distribution,
    )
    print(f"{'config':<28}{'dataset':>9}{'batch':>9}{'ratio':>7}{'unaugmented':>13}   ms a step")
    facts, results = machine(), []
    for path in arguments.configs:
        result = compare(path, arguments.turns, arguments.seconds)
        results.append(result)
        medians = {name: statistics.median(t) for name, t in result["milliseconds"].items()}
        ratio = medians["dataset"] / medians["batch"]
        bare = f"{medians['unaugmented']:.2f}" if "unaugmented" in medians else "-"
        print(
            f"{path.stem:<28}{medians['dataset']:>9.2f}{medians['batch']:>9.2f}{ratio:>7.3f}"
            f"{bare:>13}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"machine": facts, "configs": results}, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
