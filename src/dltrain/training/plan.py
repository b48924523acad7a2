"""Derived numbers, each computed once: after this the loop only knows steps."""

import math
from dataclasses import dataclass

from dltrain.config.schema import CosineConfig, ExperimentConfig


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
    rounding = math.floor if experiment.data.drop_remainder else math.ceil
    steps_per_epoch = rounding(examples / batch_size)
    total = steps_per_epoch * experiment.train.epochs
    if experiment.train.max_steps is not None:
        total = min(total, experiment.train.max_steps)
    return Plan(examples, batch_size, steps_per_epoch, total)


def learning_rate_at(step: int, experiment: ExperimentConfig, total_steps: int) -> float:
    """The learning rate of one update.

    Args:
        step: updates made before this one, from 0.
        experiment: for the optimizer's rate and schedule.
        total_steps: where the schedule ends.

    Returns:
        The rate, linear from zero during the warm-up (the first update already moves),
        then constant or half a cosine down to ``final`` times the rate.
    """
    peak = experiment.optimizer.learning_rate
    schedule = experiment.optimizer.schedule
    warmup_steps = round(schedule.warmup * total_steps)
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    if not isinstance(schedule, CosineConfig):
        return peak
    progress = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    cosine = 0.5 * (1.0 + math.cos(math.pi * progress))
    return peak * (schedule.final + (1.0 - schedule.final) * cosine)


def average_decay_at(step: int, decay: float | None) -> float:
    """Decay of the weight average at one update; it starts low so that early weights fade.

    The ramp (1 + step) / (10 + step) is that of ``tf.train.ExponentialMovingAverage``.
    """
    return 0.0 if decay is None else min(decay, (1.0 + step) / (10.0 + step))
