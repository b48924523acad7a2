"""A measurement from beginning to end, within a time. No TensorFlow here."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from dltrain.errors import DltrainError
from dltrain.measuring.alternatives import Alternative, alternatives_of, pinned
from dltrain.measuring.messages import Facts, Job, Memory, Round, Turn
from dltrain.measuring.process import TooLateError
from dltrain.measuring.report import FEWEST_COMPARISONS, NO_TIME, TOO_LATE, Report, Trial
from dltrain.runs.manifest import usable_cores

ROUNDS, FEWEST_ROUNDS = 15, 3
COMPARISONS = 21
PART_OF_TURN = 1 / 600  # of the time; short turns, so that both sides see the same machine
PART_FOR_ROUNDS = 0.3  # of the time, after which no more than the fewest rounds are made
PART_FOR_TRIAL = 1 / 12  # of the time, after which no more than the fewest comparisons are made


class Training(Protocol):
    """A process that trains when it is told to; see `dltrain.measuring.process.Process`."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def facts(self, timeout: float | None = None) -> Facts:
        """What it has made of its job, once it is ready."""

    def turn(self, seconds: float) -> Turn:
        """Train for a while."""

    def round(self, seconds: float) -> Round:
        """Time each part for a while."""

    def memory(self) -> Memory:
        """The most memory it has held."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """How to measure.

    Attributes:
        seconds: that all of it may take, as far as the config as it is allows.
        start: begins a process.
        tell: is told what happens.
        clock: seconds from any beginning.
    """

    seconds: float
    start: Callable[[Job], Training]
    tell: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic

    def measure(self, job: Job, config: Path) -> Report | None:
        """Measure a config as it is, then what may be faster.

        Returns:
            All there is; None where Ctrl-C came before there was anything.

        Raises:
            DltrainError: the config as it is cannot be trained here.
        """
        began, report = self.clock(), None
        try:
            self.tell("loading TensorFlow and the data")
            with self.start(job) as present:
                report = Report(config=config.name, facts=present.facts())
                self._take_apart(present, report, began)
                self._try_all(present, report, job, began)
        except KeyboardInterrupt:
            if report is None:
                return None
            report.is_interrupted = True
        report.seconds = self.clock() - began
        return report

    def _left(self, began: float) -> float:
        return self.seconds - (self.clock() - began)

    @property
    def _turn(self) -> float:
        return self.seconds * PART_OF_TURN

    def _take_apart(self, present: Training, report: Report, began: float) -> None:
        """Fill in memory and the parts of a step."""
        self.tell("the config as it is")
        report.memory = present.memory()
        for index in range(ROUNDS):
            is_late = self._left(began) < (1 - PART_FOR_ROUNDS) * self.seconds
            if is_late and index >= FEWEST_ROUNDS:
                return
            report.rounds.append(present.round(self._turn))

    def _try_all(self, present: Training, report: Report, job: Job, began: float) -> None:
        on_cpu = report.memory is not None and report.memory.gpu is None
        cores = usable_cores() if on_cpu and hasattr(os, "sched_setaffinity") else 1
        experiment = pinned(job.experiment, report.facts.experiment)
        found = alternatives_of(experiment, examples=report.facts.examples, cores=cores)
        for alternative in found:
            needed = report.facts.seconds + self.seconds * PART_FOR_TRIAL
            if self._left(began) < needed:
                report.left_out.append((alternative, NO_TIME))
                continue
            self.tell(f"trying {alternative.text}")
            changed = replace(job, experiment=alternative.experiment, cores=alternative.cores)
            try:
                report.trials.append(self._compare(present, changed, alternative, began))
            except TooLateError:
                report.left_out.append((alternative, TOO_LATE))
            except DltrainError as error:
                report.left_out.append((alternative, str(error)))

    def _compare(
        self, present: Training, job: Job, alternative: Alternative, began: float
    ) -> Trial:
        """Take turns; each of the other's stands between two of the config as it is."""
        ratios: list[float] = []
        with self.start(job) as other:
            other.facts(timeout=max(0.0, self._left(began)))
            enough = self.clock() + self.seconds * PART_FOR_TRIAL
            before = present.turn(self._turn).seconds_per_example
            while len(ratios) < COMPARISONS:
                if len(ratios) >= FEWEST_COMPARISONS and self.clock() > enough:
                    break
                seconds = other.turn(self._turn).seconds_per_example
                after = present.turn(self._turn).seconds_per_example
                ratios.append((before + after) / 2 / seconds)
                before = after
            return Trial(alternative, tuple(ratios), other.memory())
