"""Epochs of dltrain's own loop, apart from everything that stands around them in a run."""

import tempfile
from pathlib import Path

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.devices.strategy import make_strategy
from dltrain.devices.team import Team
from dltrain.runs.run_dir import RunDir
from dltrain.training.following import Follower
from dltrain.training.interrupt import Interrupt
from dltrain.training.loop import Loop
from dltrain.training.plan import make_plan
from dltrain.training.ready import make_ready
from dltrain.training.state import EpochSums, LoopState
from dltrain.training.step import make_steps
from unwatched import Unwatched


class Ours:
    """An epoch of dltrain's loop, the reading of its figures included.

    Attributes:
        parameters: how many numbers are trained.
    """

    name = "dltrain"

    def __init__(self, experiment: ExperimentConfig, dataset: Dataset) -> None:
        team = Team(make_strategy(experiment.distribution))
        experiment, learner = make_ready(experiment, dataset, team)
        self.parameters = sum(v.shape.num_elements() for v in learner.model.trainable_variables)
        self._loop = Loop(
            experiment=experiment,
            plan=make_plan(experiment, len(dataset.train)),
            dataset=dataset,
            learner=learner,
            team=team,
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
