"""Real training steps on a dataset, timed call by call."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack

import numpy as np

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.errors import RunError
from dltrain.measuring.messages import Turn
from dltrain.training.ahead import Fetched
from dltrain.training.calls import order_of
from dltrain.training.learner import Learner
from dltrain.training.plan import average_decay_at, learning_rate_at, make_plan
from dltrain.training.step import Array, make_steps


class Stepper:
    """The steps the loop makes: shuffled epochs, the config's learning rates, whole calls.

    What an epoch leaves over goes into the next one's first batch, so that no ragged batch is
    compiled in the midst of a measurement.
    """

    def __init__(self, learner: Learner, experiment: ExperimentConfig, dataset: Dataset) -> None:
        per_call = experiment.train.steps_per_call
        assert per_call != "auto", "steps_per_call is resolved before training"
        self._experiment, self._is_scaled = experiment, learner.loss_scale is not None
        self._plan = make_plan(experiment, len(dataset.train))
        self.batch_size = min(self._plan.batch_size, len(dataset.train))
        self.steps_per_call = min(per_call, self._plan.steps_per_epoch)
        self._steps = make_steps(learner, experiment, dataset)
        self._train, self._left = dataset.train, np.zeros(0, np.int32)
        self._step, self._epoch = 0, 0
        self._open = ExitStack()  # as long as this lives, so that no turn has to begin afresh
        self._ahead = self._open.enter_context(self._steps.fetching(self._calls()))

    def turn(self, at_least: float) -> Turn:
        """Train for so many seconds, one call at the least; the order of epochs is a part of it.

        Raises:
            RunError: the loss or a gradient is no longer finite, so that nothing was updated.
        """
        started, steps = time.perf_counter(), 0
        for indices, examples in self._ahead:
            self._call(indices, examples)
            steps += self.steps_per_call
            if time.perf_counter() - started >= at_least:
                break
        return Turn(steps, time.perf_counter() - started, steps * self.batch_size)

    def _calls(self) -> Iterator[Array]:
        while True:
            yield self._next_batches()

    def _call(self, indices: Array, examples: Future[Fetched] | None) -> None:
        ends = max(1, self._plan.total_steps)
        numbers = [(self._step + k) % ends for k in range(self.steps_per_call)]
        rates = [learning_rate_at(n, self._experiment, ends) for n in numbers]
        decays = [average_decay_at(n, self._experiment.train.ema) for n in numbers]
        losses, _, finite = self._steps(indices, rates, decays, self._step, self._epoch, examples)
        self._step += self.steps_per_call
        if not (np.isfinite(losses).all() and (finite.all() or self._is_scaled)):
            raise RunError(
                f"the loss or a gradient was no longer finite after {self._step:,} steps, so "
                "these are not the times of a training.\nLower optimizer.learning_rate."
            )

    def _next_batches(self) -> Array:
        needed = self.steps_per_call * self.batch_size
        while len(self._left) < needed:
            self._epoch += 1
            order = order_of(self._train, self._experiment, self._epoch)
            self._left = np.concatenate([self._left, order])
        taken, self._left = self._left[:needed], self._left[needed:]
        return taken.reshape(self.steps_per_call, self.batch_size)
