"""How long to train, what to watch, how to compute, and on which devices."""

from typing import Annotated, Literal

from pydantic import Field

from dltrain.config.schema.values import (
    AutoOrCount,
    ClassWeights,
    Fraction,
    Jit,
    Loss,
    Metrics,
    Monitor,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveFraction,
    PositiveInt,
    Probability,
    Section,
)


class DistillationConfig(Section):
    """A trained model whose most probable class is a second label of each example (Touvron et al. 2021)."""

    teacher: Annotated[str, Field(min_length=1)]
    """Run directory or checkpoint of a model of the same data; relative to the file that names it, in --set to the working directory. The run's config.yaml keeps it as it was written: train from there with --set train.distillation.teacher=..."""
    weight: Probability = 0.5
    """Part of the loss that is of the teacher's class; the rest is of the label."""


class EarlyStoppingConfig(Section):
    """When to stop because validation no longer improves."""

    patience: PositiveInt
    """Validations in a row without improvement after which training stops."""
    min_delta: NonNegativeFloat = 0.0
    """Smallest change of the monitored figure that counts as an improvement."""


class ViewsConfig(Section):
    """Views of an image over which test and `dltrain eval` average, beside the plain figures."""

    flip: bool = True
    """Also the mirror image, left and right."""
    shift: NonNegativeInt = 0
    """Also the image moved by so many pixels down and right, and up and left, at half the weight; 0 for neither."""


class LookaheadConfig(Section):
    """Slow weights that follow the fast ones and call them back (Zhang et al. 2019)."""

    every: PositiveInt = 5
    """Steps after which the slow weights move and the fast ones go back to them, as after the last step of all; validation in between sees the fast ones."""
    pull: PositiveFraction = 0.5
    """Part of the way the slow weights go; 1 changes nothing."""
    ramp: Literal["constant", "cubic"] = "constant"
    """The same part throughout, or from all of the way down to `pull` with the cube of the time (Jordan 2024)."""


class TrainConfig(Section):
    """How long to train, what to watch and how to compute."""

    epochs: PositiveInt = 10
    """Passes over the training examples."""
    max_steps: PositiveInt | None = None
    """Stop after this many steps, also in the middle of an epoch; the schedule ends there too."""
    max_seconds: PositiveFloat | None = None
    """Stop after this many seconds of training; the schedule does not know it."""
    validate_every: PositiveInt = 1
    """Epochs from one validation to the next; the last epoch is always validated."""
    loss: Loss = "auto"
    """What training makes small; auto is cross_entropy for classes and squared_error for numbers."""
    reduction: Literal["mean", "sum"] = "mean"
    """What a step makes small: the mean of its examples' losses, or their sum."""
    metrics: Metrics = "auto"
    """Figures of validation and test beside the loss; auto follows the task."""
    test_time_augmentation: ViewsConfig | None = None
    """Judge an average over views of each image too, as `accuracy_tta` beside `accuracy`, in the test and in `dltrain eval` only; off when absent."""
    monitor: Monitor = "auto"
    """The validation figure that chooses the best checkpoint; the earliest wins a tie; auto is the first of `metrics`."""
    class_weights: ClassWeights | None = None
    """How much the examples of each class count in the training loss: 'balanced' for the inverse of their frequency, or a number per class name; all the same when absent."""
    early_stopping: EarlyStoppingConfig | None = None
    """Stop when validation no longer improves; off when absent."""
    accumulation: PositiveInt = 1
    """Parts in which a batch is computed, one after the other, before its one update: less memory for the same gradient; only batch normalisation and random layers see the difference."""
    label_smoothing: Fraction = 0.0
    """Part of each label spread evenly over all classes."""
    distillation: DistillationConfig | None = None
    """Learn from a trained model too, which sees the same inputs; off when absent."""
    ema: Fraction | None = None
    """Decay of the running average of the weights that validation, test and export then use; off when absent."""
    lookahead: LookaheadConfig | None = None
    """Weights that look ahead and come back part of the way; off when absent."""
    keep_checkpoints: PositiveInt = 2
    """Newest checkpoints kept beside the best one."""
    checkpoint_every: AutoOrCount = "auto"
    """Epochs from one checkpoint to the next; a new best and the last always have one; auto keeps the others to a hundred."""
    checkpoint_steps: PositiveInt | None = None
    """Steps from one more checkpoint to the next, in the middle of epochs too; off when absent."""
    checkpoint_seconds: PositiveFloat | None = 30.0
    """About so many seconds of training are lost at most: a passing checkpoint is written; more seldom where that would take above a hundredth of the time; null for none."""
    on_nan: Literal["stop", "rollback"] = "stop"
    """When a loss or gradient is not finite: stop, or go back to the newest planned checkpoint and on from there at a lower learning rate."""
    rollbacks: PositiveInt = 3
    """Most roll-backs of a run before it stops after all."""
    rollback_factor: PositiveFraction = 0.5
    """What the learning rate is multiplied with at each roll-back."""
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Numbers used inside the layers; variables, logits and loss are always float32."""
    jit: Jit = "auto"
    """Compile with XLA: whole steps (true), only the optimizer's update ('update'), or nothing (false)."""
    steps_per_call: AutoOrCount = "auto"
    """Steps in one compiled call; more of them hide Python's own time but answer Ctrl-C later."""
    deterministic: bool = True
    """Same config, same machine, same numbers to the last bit."""


class DistributionConfig(Section):
    """Which devices share the work."""

    name: Literal["auto", "one_device", "mirrored", "multi_worker"] = "auto"
    """auto takes every GPU there is, or the CPU, of all workers where several are named; mirrored keeps one copy of the model per device; multi_worker does so on several machines or processes."""
    replicas: PositiveInt | None = None
    """Number of copies of the model, over all workers; absent means one per GPU. Without GPUs they share the CPU, and a worker holds one."""
