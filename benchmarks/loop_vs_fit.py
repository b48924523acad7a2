"""dltrain's loop beside `keras.Model.fit` on the same model, data, batch and precision.

    python benchmarks/loop_vs_fit.py configs/mnist_mlp_fast.yaml configs/mnist_cnn.yaml

Both train the config's own model (its dropout and batch norm included) with its optimizer,
schedule and weight averaging, on generated examples of the dataset's shape, with op
determinism on. An epoch of one follows an epoch of the other, so that whatever else the
machine does falls on both; the first epoch of each, which compiles, is left out. Prints
medians and their ratio, and one JSON document with every single time on request.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any, Protocol

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from dltrain.config.load import load_config
from dltrain.config.schema import ConstantConfig, CosineConfig, ExperimentConfig
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.models.build import build_model
from dltrain.training.optimizer import MAKERS
from dltrain.training.plan import learning_rate_at, make_plan
from our_loop import Ours


class Runner(Protocol):
    """One side of the comparison."""

    name: str

    def epoch(self) -> float:
        """Train one epoch; returns its training loss."""


class Fit:
    """An epoch of `keras.Model.fit` on arrays in memory."""

    name = "keras fit"

    def __init__(self, experiment: ExperimentConfig, dataset: Dataset) -> None:
        self._model = build_model(experiment.model, dataset.info)
        self._batch_size = make_plan(experiment, len(dataset.train)).batch_size
        self._model.compile(
            optimizer=_fit_optimizer(experiment, dataset),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        examples = dataset.examples_of("train")
        self._inputs = np.array(examples.inputs[dataset.train])
        self._labels = np.array(examples.labels[dataset.train])

    def epoch(self) -> float:
        """Train one epoch; returns its training loss."""
        history = self._model.fit(
            self._inputs, self._labels, batch_size=self._batch_size, epochs=1, verbose=0
        )
        return float(history.history["loss"][0])


def _fit_optimizer(experiment: ExperimentConfig, dataset: Dataset) -> keras.optimizers.Optimizer:
    """The config's optimizer with everything it does, as Keras itself offers it."""
    ema, config = experiment.train.ema, experiment.optimizer
    plain = MAKERS[type(config)](config)
    settings: dict[str, Any] = {
        **plain.get_config(),
        "learning_rate": _fit_rate(experiment, len(dataset.train)),
        "global_clipnorm": config.clip_norm,
        "use_ema": ema is not None,
        "ema_momentum": ema if ema is not None else 0.99,
    }
    return type(plain).from_config(settings)


def _fit_rate(experiment: ExperimentConfig, examples: int) -> Any:
    """The config's learning rate over time, as Keras offers it."""
    config, plan = experiment.optimizer, make_plan(experiment, examples)
    if isinstance(config.schedule, ConstantConfig) and not config.schedule.warmup:
        return config.learning_rate
    if not isinstance(config.schedule, CosineConfig):
        raise SystemExit(
            f"optimizer.schedule is {config.schedule.name!r}, with a warm-up of "
            f"{config.schedule.warmup}: only 'cosine', and 'constant' without a warm-up, are "
            "compared here. Choose one with `extends` in a config of your own."
        )
    warmup = round(config.schedule.warmup * plan.total_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=learning_rate_at(0, experiment, plan.total_steps),
        decay_steps=max(1, plan.total_steps - warmup),
        alpha=config.schedule.final,
        warmup_target=config.learning_rate,
        warmup_steps=warmup,
    )


def compare(path: Path, pairs: int) -> dict[str, Any]:
    """Time both on one config, alternating.

    Args:
        path: a config file.
        pairs: epochs of each.

    Returns:
        Seconds of every epoch, the medians, examples per second and the ratio.
    """
    experiment = load_config(path, ["data.synthetic=true"]).experiment
    dataset = load_dataset(experiment.data, Path())
    if dataset.info.task != "multiclass":
        raise SystemExit(f"{path}: fit's loss here is for three classes and more; leave it out.")
    ours = Ours(experiment, dataset)  # first: it sets the precision that both have
    runners: list[Runner] = [ours, Fit(experiment, dataset)]
    seconds: dict[str, list[float]] = {runner.name: [] for runner in runners}
    losses = {runner.name: runner.epoch() for runner in runners}  # compiles; not timed
    for _ in range(pairs):
        for runner in runners:
            started = time.perf_counter()
            losses[runner.name] = runner.epoch()
            seconds[runner.name].append(time.perf_counter() - started)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return {
        "config": path.stem,
        "seconds": seconds,
        "examples_per_second": {n: len(dataset.train) / m for n, m in medians.items()},
        "last_losses": losses,
        "ratio": medians["keras fit"] / medians["dltrain"],
    }


def main() -> None:
    """Compare on every config named and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write every single time here")
    arguments = parser.parse_args()
    experiments = [load_config(path).experiment for path in arguments.configs]
    prepare_tensorflow(
        seed=0,
        deterministic=True,
        threads=Threads.of_this_machine(),
        distribution=experiments[0].distribution,
    )
    results = [compare(path, arguments.pairs) for path in arguments.configs]
    print(f"{'config':<16}{'dltrain':>12}{'keras fit':>12}{'ratio':>8}   examples/s, medians")
    for result in results:
        speeds = result["examples_per_second"]
        print(
            f"{result['config']:<16}{speeds['dltrain']:>12,.0f}{speeds['keras fit']:>12,.0f}"
            f"{result['ratio']:>8.2f}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
