"""The optimizers, their learning rates and schedules."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field
from pydantic.functional_validators import BeforeValidator

from dltrain.config.schema.values import (
    Fraction,
    NonNegativeFloat,
    PositiveFloat,
    PositiveFraction,
    PositiveInt,
    Section,
    with_default_name,
)


class ScheduleSection(Section):
    """What every learning-rate schedule has in common."""

    warmup: Fraction = 0.0
    """Part of all steps over which the rate first rises linearly from zero."""


class ConstantConfig(ScheduleSection):
    """The same learning rate throughout."""

    name: Literal["constant"]


class CosineConfig(ScheduleSection):
    """Half a cosine from the learning rate down to `final` times it (Loshchilov and Hutter 2017)."""

    name: Literal["cosine"] = "cosine"
    final: Fraction = 0.0
    """Where the curve ends, right after the last step, as a part of the learning rate."""


class LinearConfig(ScheduleSection):
    """A straight line from the learning rate down to `final` times it."""

    name: Literal["linear"]
    final: Fraction = 0.0
    """Where the line ends, right after the last step, as a part of the learning rate."""


class ExponentialConfig(ScheduleSection):
    """The same factor at every step, so that the learning rate ends at `final` times it."""

    name: Literal["exponential"]
    final: PositiveFraction = 0.01
    """Where the curve ends, right after the last step, as a part of the learning rate."""


class StepConfig(ScheduleSection):
    """A smaller learning rate from certain steps on, constant in between."""

    name: Literal["step"]
    at: Annotated[tuple[PositiveFraction, ...], Field(min_length=1)] = (0.5, 0.75)
    """Where the rate falls, as parts of all steps, warm-up included; rising."""
    factor: PositiveFraction = 0.1
    """By what the rate is multiplied each time."""


class OneCycleConfig(ScheduleSection):
    """Up in a line from `start` times the learning rate, then down in a line to `final` times it (Smith and Topin 2018)."""

    name: Literal["one_cycle"]
    warmup: Fraction = 0.3
    """Part of all steps over which the rate rises."""
    start: Fraction = 0.2
    """Where the rise begins, as a part of the learning rate."""
    final: Fraction = 0.0
    """Where the fall ends, right after the last step, as a part of the learning rate."""


ScheduleConfig = Annotated[
    ConstantConfig | CosineConfig | LinearConfig | ExponentialConfig | StepConfig | OneCycleConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(with_default_name, "cosine")),
]


class GroupConfig(Section):
    """What is different for one group of variables."""

    learning_rate: PositiveFloat | None = None
    """Step size at the top of the schedule; that of the optimizer when absent."""
    weight_decay: NonNegativeFloat | None = None
    """Decay times the learning rate; when absent that of the optimizer, which leaves out biases and norms."""


class GroupsConfig(Section):
    """Groups of variables that learn at rates of their own; all others are kernels."""

    bias: GroupConfig | None = None
    """Biases, but for that of the output."""
    norm: GroupConfig | None = None
    """Scales and offsets of normalisations."""
    embedding: GroupConfig | None = None
    """Word vectors and positions."""
    head: GroupConfig | None = None
    """Kernel and bias of the output layer."""


class OptimizerSection(Section):
    """What every optimizer has in common."""

    schedule: ScheduleConfig = CosineConfig()
    """How the learning rate changes over the steps."""
    clip_norm: PositiveFloat | None = None
    """Scale the gradient down to this global norm when it is longer."""
    groups: GroupsConfig = GroupsConfig()
    """Groups of variables with a learning rate or weight decay of their own; they follow the same schedule."""


class AdamWRule(Section):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    name: Literal["adamw"] = "adamw"
    learning_rate: PositiveFloat = 1e-3
    """Step size at the top of the schedule."""
    weight_decay: NonNegativeFloat = 0.01
    """Decay of kernels and embeddings, times the learning rate; biases and norms are left out."""
    beta_1: Fraction = 0.9
    """Decay of the running mean of gradients."""
    beta_2: Fraction = 0.999
    """Decay of the running mean of squared gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the denominator against division by zero."""


class SGDRule(Section):
    """Stochastic gradient descent, with momentum if wanted."""

    name: Literal["sgd"]
    learning_rate: PositiveFloat = 0.01
    """Step size at the top of the schedule."""
    momentum: Fraction = 0.9
    """Part of the last update carried into the next; 0 is plain gradient descent."""
    nesterov: bool = False
    """Look ahead along the momentum before taking the gradient (Sutskever et al. 2013)."""
    weight_decay: NonNegativeFloat = 0.0
    """Decay of kernels and embeddings, times the learning rate; biases and norms are left out."""


class AdamConfig(OptimizerSection):
    """Steps scaled by running means of the gradient and its square (Kingma and Ba 2015)."""

    name: Literal["adam"]
    learning_rate: PositiveFloat = 1e-3
    """Step size at the top of the schedule."""
    beta_1: Fraction = 0.9
    """Decay of the running mean of gradients."""
    beta_2: Fraction = 0.999
    """Decay of the running mean of squared gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the denominator against division by zero."""


class AdamWConfig(AdamWRule, OptimizerSection):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""


class SGDConfig(SGDRule, OptimizerSection):
    """Stochastic gradient descent, with momentum if wanted."""


class RMSpropConfig(OptimizerSection):
    """Steps scaled by a running mean of the squared gradient (Hinton 2012)."""

    name: Literal["rmsprop"]
    learning_rate: PositiveFloat = 1e-3
    """Step size at the top of the schedule."""
    rho: Fraction = 0.9
    """Decay of the running mean of squared gradients."""
    momentum: Fraction = 0.0
    """Part of the last update carried into the next."""
    centered: bool = False
    """Divide by the spread of the gradients instead of their size."""
    epsilon: PositiveFloat = 1e-7
    """Added to the denominator against division by zero."""


class AdagradConfig(OptimizerSection):
    """Steps scaled by the sum of all squared gradients so far (Duchi et al. 2011)."""

    name: Literal["adagrad"]
    learning_rate: PositiveFloat = 1e-2
    """Step size at the top of the schedule."""
    initial_accumulator: NonNegativeFloat = 0.1
    """Where the sum of squared gradients begins."""
    epsilon: PositiveFloat = 1e-7
    """Added to the denominator against division by zero."""


class MuonConfig(OptimizerSection):
    """Momentum whose matrices are made orthogonal before each step (Jordan 2024), convolutions' too."""

    name: Literal["muon"]
    learning_rate: PositiveFloat = 0.02
    """Step size of the kernels at the top of the schedule."""
    momentum: Fraction = 0.95
    """Part of the sum of past gradients carried into the next."""
    nesterov: bool = True
    """Look ahead along the momentum (Sutskever et al. 2013)."""
    newton_schulz_steps: PositiveInt = 5
    """Iterations that make a matrix nearly orthogonal."""
    keep_norm: bool = False
    """Scale each kernel to the norm of an orthogonal one before its step, so that weight decay is not needed."""
    weight_decay: NonNegativeFloat = 0.0
    """Decay of these kernels, times the learning rate."""
    others: Annotated[
        AdamWRule | SGDRule,
        Field(discriminator="name"),
        BeforeValidator(partial(with_default_name, "adamw")),
    ] = AdamWRule()
    """What updates all that is no kernel between input and output: biases, norms, embeddings and the output layer."""


OptimizerConfig = Annotated[
    AdamConfig | AdamWConfig | SGDConfig | RMSpropConfig | AdagradConfig | MuonConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(with_default_name, "adamw")),
]
