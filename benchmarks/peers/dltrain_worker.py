"""dltrain's own loop on a config; first it writes the examples that all the others read."""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from serving import serve, tell

from dltrain.config.load import load_config
from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import resolve_task
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.data.location import default_data_dir
from dltrain.devices.resolve import find_device, resolve_precision_and_jit, resolve_steps_per_call
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.strategy import make_strategy, set_precision
from dltrain.devices.team import Team
from dltrain.runs.run_dir import RunDir
from dltrain.training.following import Follower
from dltrain.training.interrupt import Interrupt
from dltrain.training.learner import make_learner
from dltrain.training.loop import Loop
from dltrain.training.observer import EpochRecord, Progress, RunFacts
from dltrain.training.plan import make_plan
from dltrain.training.state import EpochSums, LoopState
from dltrain.training.step import make_steps


class Unwatched:
    """An observer that looks away."""

    def on_phase(self, message: str) -> None: ...
    def on_start(self, facts: RunFacts) -> None: ...
    def on_progress(self, progress: Progress) -> None: ...
    def on_epoch(self, record: EpochRecord) -> None: ...
    def on_notice(self, message: str) -> None: ...


class Ours:
    """An epoch of dltrain's loop, the reading of its figures included."""

    def __init__(self, experiment: ExperimentConfig, dataset: Dataset) -> None:
        learner = make_learner(experiment, dataset.info, make_strategy(experiment.distribution))
        experiment = resolve_steps_per_call(experiment, learner.model)
        self.parameters = sum(v.shape.num_elements() for v in learner.model.trainable_variables)
        self._loop = Loop(
            experiment=experiment,
            plan=make_plan(experiment, len(dataset.train)),
            dataset=dataset,
            learner=learner,
            team=Team(learner.strategy),
            run=RunDir(Path(tempfile.mkdtemp())),
            state=LoopState(),
            saver=Follower(learner),  # nothing is written
            observer=Unwatched(),
            interrupt=Interrupt(),
            notice=print,
        )
        self._steps = make_steps(learner, experiment, dataset)

    def epoch(self) -> float:
        """Train one epoch; returns its mean training loss."""
        state = self._loop.state
        state.sums, state.step, state.step_in_epoch = EpochSums(), 0, 0
        self._loop._train_epoch(self._steps)  # noqa: SLF001 - the part under measurement
        return state.sums.metrics("score")["loss"]


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
    experiment = resolve_precision_and_jit(experiment, find_device(), 1)
    set_precision(experiment.train.precision)
    dataset = load_dataset(experiment.data, default_data_dir())
    if arguments.arrays:
        examples = dataset.examples_of("train")
        np.save(arguments.arrays / "inputs.npy", examples.inputs[dataset.train])
        np.save(arguments.arrays / "labels.npy", examples.labels[dataset.train])
        tell(examples=len(dataset.train), batch_size=experiment.data.batch_size)
        return
    ours = Ours(resolve_task(experiment, dataset.info), dataset)
    serve(ours.epoch, ours.parameters)


if __name__ == "__main__":
    main()
