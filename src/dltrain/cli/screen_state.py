"""Where a training stands, and which of its epochs get a line of their own."""

import math

from dltrain.training.observer import BestSoFar, EpochRecord, Progress, RunFacts

SECONDS_BETWEEN_LINES = 1.0
SECONDS_BEFORE_ESTIMATE = 2.0  # the ragged last batch is compiled in the first epoch, too


class RunState:
    """What a screen remembers of one training.

    Times are the caller's ``time.monotonic()``, so that tests need no clock.

    Attributes:
        facts: what was known before the first step.
        num_epochs: epochs until ``total_steps``, which may be fewer than configured.
        progress: the newest progress, or None before the first.
        best: the best validation so far, or None.
        is_mid_epoch: whether steps were made since the last epoch ended.
    """

    def __init__(self, facts: RunFacts) -> None:
        self.facts = facts
        self.num_epochs = min(facts.epochs, math.ceil(facts.total_steps / facts.steps_per_epoch))
        self.progress: Progress | None = None
        self.best = facts.best
        self.is_mid_epoch = False
        self._first: tuple[float, int] | None = None
        self._progress_time = 0.0
        self._line_time: float | None = None
        self._unprinted: list[EpochRecord] = []

    def advance(self, progress: Progress, now: float) -> None:
        """Take in new progress; cheap, for it happens many times a second."""
        if self._first is None:
            self._first = (now, progress.step)
        self.progress = progress
        self.is_mid_epoch = True
        self._progress_time = now

    def finish_epoch(self, record: EpochRecord, now: float) -> list[EpochRecord]:
        """The epochs to print now, oldest first; none while the last line is fresh.

        The first and the last epoch always get their line, others at most once a second;
        a best epoch that was passed over comes before the next line.
        """
        self.is_mid_epoch = False
        if record.is_best and record.validation is not None:
            self.best = BestSoFar(record.epoch, record.validation)
        older_best = [old for old in self._unprinted if old.is_best and not record.is_best]
        self._unprinted = [*older_best, record]
        is_last = record.step >= self.facts.total_steps
        is_fresh = self._line_time is not None and now - self._line_time < SECONDS_BETWEEN_LINES
        if is_fresh and not is_last:
            return []
        self._line_time = now
        return self.take_unprinted()

    def take_unprinted(self) -> list[EpochRecord]:
        """The newest epoch, and the best before it, as far as they still lack a line."""
        records, self._unprinted = self._unprinted, []
        return records

    def steps_in_epoch(self, epoch: int) -> int:
        """Steps of one epoch: fewer in the last under ``train.max_steps``."""
        before = (epoch - 1) * self.facts.steps_per_epoch
        return min(self.facts.steps_per_epoch, self.facts.total_steps - before)

    def seconds_left(self, now: float) -> float | None:
        """Time to the last step at this process's own pace, validations included.

        None until two progress reports tell a pace, and after the last step. Compiling,
        before the first report, does not count, nor do the steps made before a resume.
        """
        if self._first is None or self.progress is None:
            return None
        first_time, first_step = self._first
        steps_done = self.progress.step - first_step
        steps_left = self.facts.total_steps - self.progress.step
        is_early = now - first_time < SECONDS_BEFORE_ESTIMATE
        if steps_done <= 0 or steps_left <= 0 or is_early:
            return None
        seconds = steps_left * (self._progress_time - first_time) / steps_done
        return max(0.0, seconds - (now - self._progress_time))
