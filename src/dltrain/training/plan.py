"""Derived numbers, each computed once: after this the loop only knows steps."""

import math
from dataclasses import dataclass

from dltrain.config.schema import (
    CosineConfig,
    ExperimentConfig,
    ExponentialConfig,
    LinearConfig,
    OneCycleConfig,
    ScheduleConfig,
    StepConfig,
)
from dltrain.config.split_sizes import steps_per_epoch


@dataclass(frozen=True)
class Plan:
    """How many steps there are, and which.

    Attributes:
        examples: training examples per epoch.
        batch_size: examples per step; the last step of an epoch may have fewer.
        steps_per_epoch: optimizer updates per epoch.
        total_steps: optimizer updates of the whole training.
    """

    examples: int
    batch_size: int
    steps_per_epoch: int
    total_steps: int


def make_plan(experiment: ExperimentConfig, examples: int) -> Plan:
    """Turn epochs, limits and batch size into steps."""
    batch_size = experiment.data.batch_size
    if batch_size == "all":
        batch_size = examples
    per_epoch = steps_per_epoch(experiment.data, examples)
    total = per_epoch * experiment.train.epochs
    if experiment.train.max_steps is not None:
        total = min(total, experiment.train.max_steps)
    return Plan(examples, batch_size, per_epoch, total)


def learning_rate_at(step: int, experiment: ExperimentConfig, total_steps: int) -> float:
    """The learning rate of one update.

    Args:
        step: updates made before this one, from 0.
        experiment: for the optimizer's rate and schedule.
        total_steps: where the schedule ends.

    Returns:
        The rate, linear from zero (or the start of a one-cycle) during the warm-up (the
        first update already moves),
        then as the schedule says.
    """
    peak = experiment.optimizer.learning_rate
    schedule = experiment.optimizer.schedule
    warmup_steps = round(schedule.warmup * total_steps)
    if step < warmup_steps:
        start = schedule.start if isinstance(schedule, OneCycleConfig) else 0.0
        return peak * (start + (1.0 - start) * (step + 1) / warmup_steps)
    if isinstance(schedule, StepConfig):
        falls = sum(step >= round(part * total_steps) for part in schedule.at)
        return peak * schedule.factor**falls
    progress = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return peak * _part_of_peak(schedule, progress)


def _part_of_peak(schedule: ScheduleConfig, progress: float) -> float:
    """The rate as a part of its peak, by how much of the way after the warm-up is done."""
    if isinstance(schedule, CosineConfig):
        cosine = 0.5 * (1.0 + math.cos(math.pi * progress))
        return schedule.final + (1.0 - schedule.final) * cosine
    if isinstance(schedule, LinearConfig | OneCycleConfig):
        return 1.0 - (1.0 - schedule.final) * progress
    if isinstance(schedule, ExponentialConfig):
        return schedule.final**progress
    return 1.0


def average_decay_at(step: int, decay: float | None) -> float:
    """Decay of the weight average at one update; it starts low so that early weights fade.

    The ramp (1 + step) / (10 + step) is that of ``tf.train.ExponentialMovingAverage``.
    """
    return 0.0 if decay is None else min(decay, (1.0 + step) / (10.0 + step))
