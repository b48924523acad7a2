"""The loop: epochs of steps, a validation, a line of metrics, a checkpoint."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from dltrain.checkpoints import store
from dltrain.checkpoints.store import Checkpoint
from dltrain.checkpoints.variables import to_arrays
from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import training_metric
from dltrain.data.dataset import Dataset
from dltrain.devices.team import Team
from dltrain.errors import DivergedError
from dltrain.evaluation.figures import Figures
from dltrain.runs.run_dir import RunDir
from dltrain.training.agreement import Agreed, agree
from dltrain.training.ahead import Fetched
from dltrain.training.calls import cut_into_calls, order_of
from dltrain.training.divergence import diverged
from dltrain.training.following import Follower
from dltrain.training.interrupt import Interrupt
from dltrain.training.learner import Learner
from dltrain.training.observer import Observer
from dltrain.training.plan import Plan, average_decay_at, learning_rate_at
from dltrain.training.saving import Saver
from dltrain.training.sharing import share_checkpoint
from dltrain.training.state import EpochSums, LoopState
from dltrain.training.step import Steps, make_steps
from dltrain.training.telling import progress_of, record_of
from dltrain.training.validating import Validator

MOST_BAD_FLOAT16_STEPS = 50  # lowering the scale that often has never rescued a training


class Interrupted(Exception):  # noqa: N818 - not an error: the person asked for it
    """A signal has stopped the training; a checkpoint has been written."""


@dataclass
class Loop:
    """One training from a state to its end.

    Attributes:
        experiment: the resolved config.
        plan: its steps.
        dataset: what it trains and validates on.
        learner: what learns.
        team: the workers it is shared with; the chief alone writes.
        run: where it is written down.
        state: where it stands; changed as it goes.
        saver: writes its checkpoints and lines of metrics, or leaves that to the chief's.
        observer: told what happens.
        interrupt: the flag of the signals.
        notice: told what a person should know and a log should keep.
    """

    experiment: ExperimentConfig
    plan: Plan
    dataset: Dataset
    learner: Learner
    team: Team
    run: RunDir
    state: LoopState
    saver: Saver | Follower
    observer: Observer
    interrupt: Interrupt
    notice: Callable[[str], None]

    def __post_init__(self) -> None:
        self._agreed = Agreed()
        self._validator = Validator(self.experiment, self.dataset, self.learner)
        self._metric = training_metric(self.dataset.info)
        train = self.experiment.train
        assert train.steps_per_call != "auto", "steps_per_call is resolved before training"
        assert train.checkpoint_every != "auto", "checkpoint_every is resolved before training"
        self._steps_per_call, self._checkpoint_every = train.steps_per_call, train.checkpoint_every

    @cached_property
    def _steps(self) -> Steps:
        """Compiled once, also for a training that goes back."""
        return make_steps(self.learner, self.experiment, self.dataset)

    def train(self) -> None:
        """Train until the plan, the time or early stopping ends it.

        Raises:
            Interrupted: a signal came; the state is saved.
            DivergedError: the loss or a gradient is no longer finite.
            RunError: the disk did not take the last checkpoint.
        """
        while self.state.stopped is None:
            self._train_epoch(self._steps)
            self._finish_epoch()
        self.saver.insist_on_disk("training is over, but")

    def _train_epoch(self, steps: Steps) -> None:
        state, plan = self.state, self.plan
        calls = cut_into_calls(
            order_of(self.dataset.train, self.experiment, state.epoch + 1),
            batch_size=plan.batch_size,
            steps_per_call=self._steps_per_call,
            first=state.step_in_epoch,
            end=min(plan.steps_per_epoch, state.step_in_epoch + plan.total_steps - state.step),
            steps_before=state.step - state.step_in_epoch,
            checkpoint_steps=self.experiment.train.checkpoint_steps,
        )
        self._agree()
        with steps.fetching(calls) as ahead:
            for indices, examples in ahead:
                self._save_if_due()
                self._stop_if_asked()
                started = time.perf_counter()
                self._call(steps, indices, examples)
                self._add_time(time.perf_counter() - started)
                self.observer.on_progress(progress_of(self.state, self._metric, self._last_rate()))
                self._agree()
                if self._agreed.is_out_of_time:
                    return

    def _call(
        self, steps: Steps, indices: np.ndarray[Any, Any], examples: Future[Fetched] | None
    ) -> None:
        state, count = self.state, len(indices)
        numbers = range(state.step, state.step + count)
        rates = [self._rate_at(n) for n in numbers]
        decays = [average_decay_at(n, self.experiment.train.ema) for n in numbers]
        losses, scores, finite = steps(
            indices, rates, decays, state.step, state.epoch + 1, examples
        )
        self._check(losses, finite, rates)
        state.sums.loss += float(losses.astype(np.float64).sum())
        state.sums.score += float(scores.astype(np.float64).sum())
        state.sums.examples += indices.size
        state.step += count
        state.step_in_epoch += count
        state.validation, state.planned = None, False

    def _check(
        self, losses: np.ndarray[Any, Any], finite: np.ndarray[Any, Any], rates: list[float]
    ) -> None:
        """Stop at the first step whose loss or gradient is not a finite number."""
        good = finite & np.isfinite(losses)
        self.state.bad_steps = 0 if good.all() else self.state.bad_steps + int((~good).sum())
        rescuable = self.learner.loss_scale is not None and np.isfinite(losses).all()
        if good.all() or (rescuable and self.state.bad_steps < MOST_BAD_FLOAT16_STEPS):
            return
        bad = int(np.argmin(good))
        raise self._diverged(
            self.state.step + bad + 1,
            f"the loss was {losses[bad]:.6g} and the gradient "
            f"{'finite' if finite[bad] else 'not finite'}",
            rates[bad],
        )

    def _diverged(self, step: int, what: str, rate: float) -> DivergedError:
        return diverged(
            what,
            step=step,
            total_steps=self.plan.total_steps,
            learning_rate=rate,
            checkpoints=self.run.checkpoints,
            may_go_back=self.experiment.train.on_nan == "rollback",
        )

    def shared(self, checkpoint: Checkpoint | None) -> Checkpoint | None:
        """The chief's checkpoint, for all workers, which all have to ask."""
        return share_checkpoint(self.team, checkpoint, self.experiment, self.dataset.info)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Stand where a checkpoint stood, later lines of metrics dropped.

        Raises:
            CheckpointError: today's builder makes other variables.
        """
        self.state = self.saver.restore(checkpoint)

    def _add_time(self, seconds: float) -> None:
        self.state.sums.seconds += seconds
        self.state.seconds += seconds

    def _rate_at(self, step: int) -> float:
        rate = learning_rate_at(step, self.experiment, self.plan.total_steps)
        return rate * self.experiment.train.rollback_factor**self.state.rollbacks

    def _last_rate(self) -> float:
        return self._rate_at(self.state.step - 1)

    def _agree(self) -> None:
        """Find with all workers what is to be done before the next call."""
        seconds = self.state.seconds
        limit = self.experiment.train.max_seconds
        self._agreed = agree(
            self.team,
            self.interrupt,
            is_due=self.saver.is_due(seconds),
            is_out_of_time=limit is not None and seconds >= limit,
        )

    def asked_to_stop(self) -> bool:
        """Whether a signal has come to any worker; all of them have to ask."""
        self._agree()
        return self._agreed.signal_number is not None

    def _stop_if_asked(self) -> None:
        if self._agreed.signal_number is not None:
            self._save_and_stop()

    def _save_and_stop(self) -> NoReturn:
        self.save()
        self.saver.insist_on_disk("stopped, but")
        self.team.meet()  # none leaves before the chief has saved, nor as if it had
        raise Interrupted

    def _save_if_due(self) -> None:
        """Save in mid-epoch, where the config plans it or the clock asks for it."""
        state, every = self.state, self.experiment.train.checkpoint_steps
        if every is not None and state.step and state.step % every == 0 and not state.planned:
            self.save_planned()
        elif self._agreed.is_due:
            self.save()

    def _finish_epoch(self) -> None:
        """Validate if it is time, write the line of metrics, move on, save if it is time."""
        state, started = self.state, time.perf_counter()
        training_seconds = state.sums.seconds
        state.stopped = self._reason_to_stop()
        figures = self._validate()
        state.epoch += 1
        is_best = self._judge(figures)
        self._add_time(time.perf_counter() - started)
        self._log(figures, is_best, training_seconds)
        state.sums, state.step_in_epoch = EpochSums(), 0
        if is_best or state.stopped or state.epoch % self._checkpoint_every == 0:
            self.save_planned()

    def _reason_to_stop(self) -> str | None:
        train = self.experiment.train
        if self.state.epoch + 1 >= train.epochs and self.state.step >= self.plan.total_steps:
            return "epochs"
        if self.state.step >= self.plan.total_steps:
            return "max_steps"
        return "max_seconds" if self._agreed.is_out_of_time else None

    def _validate(self) -> Figures | None:
        is_last = self.state.stopped is not None
        if not self._validator.is_due(self.state.epoch + 1, is_last=is_last):
            return None
        try:
            figures = self._validator.figures(self.asked_to_stop)
        except InterruptedError:
            self.state.stopped = None
            self._save_and_stop()
        if not math.isfinite(figures.loss):
            what = f"the validation loss after it was {figures.loss:.6g}"
            raise self._diverged(self.state.step, what, self._last_rate())
        return figures

    def _judge(self, figures: Figures | None) -> bool:
        if figures is None:
            return False
        train = self.experiment.train
        checkpoint = f"checkpoints/{store.name_of(self.state.step)}"
        is_best = self.state.judge(figures, checkpoint, train.monitor, train.early_stopping)
        patience = train.early_stopping.patience if train.early_stopping else None
        if patience is not None and self.state.validations_since_enough >= patience:
            self.state.stopped = self.state.stopped or "early_stopping"
        return is_best

    def _log(self, figures: Figures | None, is_best: bool, training_seconds: float) -> None:
        record = record_of(
            self.state,
            self._metric,
            self._last_rate(),
            figures,
            is_best=is_best,
            training_seconds=training_seconds,
        )
        self.saver.log(record.as_line())
        self.observer.on_epoch(record)

    def save_planned(self) -> None:
        """Write a checkpoint that every run of this config has."""
        self.state.planned = True
        self.save()

    def save(self) -> None:
        """Write a checkpoint of this moment; what the disk does not take is told.

        Raises:
            DivergedError: a value in it is not finite.
        """
        started = time.perf_counter()
        arrays = to_arrays(self.learner.variables())
        if not all(np.isfinite(array).all() for array in arrays.values()):
            what = "a weight or a statistic after it was not finite"
            raise self._diverged(self.state.step, what, self._last_rate())
        self.saver.save(arrays, self.state, started)
