"""The loop: epochs of steps, a validation, a line of metrics, a checkpoint."""

import math
import time
from collections.abc import Callable
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
from dltrain.errors import DivergedError
from dltrain.evaluation.figures import Figures, figures_of, measures_of
from dltrain.evaluation.predict import Predictor
from dltrain.runs.metrics_file import MetricsFile
from dltrain.runs.run_dir import RunDir
from dltrain.training.calls import cut_into_calls, order_of
from dltrain.training.divergence import diverged
from dltrain.training.interrupt import Interrupt
from dltrain.training.learner import Learner
from dltrain.training.observer import EpochRecord, Observer, Progress
from dltrain.training.plan import Plan, average_decay_at, learning_rate_at
from dltrain.training.saving import Saver
from dltrain.training.state import EpochSums, LoopState
from dltrain.training.step import StepsFunction, make_steps

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
        run: where it is written down.
        state: where it stands; changed as it goes.
        environment: versions, threads and device, for the checkpoints.
        observer: told what happens.
        interrupt: the flag of the signals.
        notice: told what a person should know and a log should keep.
    """

    experiment: ExperimentConfig
    plan: Plan
    dataset: Dataset
    learner: Learner
    run: RunDir
    state: LoopState
    environment: dict[str, Any]
    observer: Observer
    interrupt: Interrupt
    notice: Callable[[str], None]

    def __post_init__(self) -> None:
        self.metrics = MetricsFile(self.run.metrics)
        self._saver = Saver(
            experiment=self.experiment,
            info=self.dataset.info,
            learner=self.learner,
            checkpoints=self.run.checkpoints,
            metrics=self.metrics,
            environment=self.environment,
            notice=self.notice,
        )
        self._predictor = Predictor(self.learner.judged, self.learner.strategy)
        self._metric = training_metric(self.dataset.info)
        self._measures = measures_of(self.experiment, self.dataset.info)
        train = self.experiment.train
        assert train.steps_per_call != "auto", "steps_per_call is resolved before training"
        assert train.checkpoint_every != "auto", "checkpoint_every is resolved before training"
        self._steps_per_call, self._checkpoint_every = train.steps_per_call, train.checkpoint_every

    @cached_property
    def _steps(self) -> StepsFunction:
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
        self._saver.insist_on_disk("training is over, but")

    def _train_epoch(self, steps: StepsFunction) -> None:
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
        for indices in calls:
            self._save_if_due()
            self._stop_if_asked()
            started = time.perf_counter()
            self._call(steps, indices)
            self._add_time(time.perf_counter() - started)
            self._report()
            if self._out_of_time():
                return

    def _call(self, steps: StepsFunction, indices: np.ndarray[Any, Any]) -> None:
        state, count = self.state, len(indices)
        numbers = range(state.step, state.step + count)
        rates = [self._rate_at(n) for n in numbers]
        decays = [average_decay_at(n, self.experiment.train.ema) for n in numbers]
        losses, scores, finite = steps(indices, rates, decays, state.step, state.epoch + 1)
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

    def restore(self, checkpoint: Checkpoint) -> None:
        """Stand where a checkpoint stood, later lines of metrics dropped.

        Raises:
            CheckpointError: today's builder makes other variables.
        """
        self.state = self._saver.restore(checkpoint)

    def _add_time(self, seconds: float) -> None:
        self.state.sums.seconds += seconds
        self.state.seconds += seconds

    def _report(self) -> None:
        state = self.state
        self.observer.on_progress(
            Progress(
                epoch=state.epoch + 1,
                step=state.step,
                step_in_epoch=state.step_in_epoch,
                train=state.sums.metrics(self._metric),
                learning_rate=self._last_rate(),
                examples_per_second=state.sums.examples / max(state.sums.seconds, 1e-9),
            )
        )

    def _rate_at(self, step: int) -> float:
        rate = learning_rate_at(step, self.experiment, self.plan.total_steps)
        return rate * self.experiment.train.rollback_factor**self.state.rollbacks

    def _last_rate(self) -> float:
        return self._rate_at(self.state.step - 1)

    def _stop_if_asked(self) -> None:
        if self.interrupt.requested():
            self._save_and_stop()

    def _save_and_stop(self) -> NoReturn:
        self.save()
        self._saver.insist_on_disk("stopped, but")
        raise Interrupted

    def _save_if_due(self) -> None:
        """Save in mid-epoch, where the config plans it or the clock asks for it."""
        state, every = self.state, self.experiment.train.checkpoint_steps
        if every is not None and state.step and state.step % every == 0 and not state.planned:
            self.save_planned()
        elif self._saver.is_due(state.seconds):
            self.save()

    def _out_of_time(self) -> bool:
        limit = self.experiment.train.max_seconds
        return limit is not None and self.state.seconds >= limit

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
        return "max_seconds" if self._out_of_time() else None

    def _validate(self) -> Figures | None:
        is_due = (self.state.epoch + 1) % self.experiment.train.validate_every == 0
        if len(self.dataset.validation) == 0 or not (is_due or self.state.stopped):
            return None
        examples, indices = self.dataset.examples_of("validation"), self.dataset.validation
        try:
            outputs = self._predictor.outputs(examples, indices, self.interrupt.requested)
        except InterruptedError:
            self.state.stopped = None
            self._save_and_stop()
        figures = figures_of(outputs, examples.labels[indices], self._measures)
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
        state = self.state
        record = EpochRecord(
            epoch=state.epoch,
            step=state.step,
            train=state.sums.metrics(self._metric),
            validation=figures.as_metrics() if figures else None,
            learning_rate=self._last_rate(),
            seconds=state.sums.seconds,
            examples_per_second=state.sums.examples / max(training_seconds, 1e-9),
            is_best=is_best,
        )
        self.metrics.append(record.as_line())
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
        self._saver.save(arrays, self.state, started)

    def write_waiting(self) -> None:
        """Write what the disk has refused so far.

        Raises:
            OSError: it refuses it again.
        """
        self._saver.write_waiting()
