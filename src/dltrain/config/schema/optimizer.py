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


ScheduleConfig = Annotated[
    ConstantConfig | CosineConfig | LinearConfig | ExponentialConfig | StepConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(with_default_name, "cosine")),
]


class OptimizerSection(Section):
    """What every optimizer has in common."""

    schedule: ScheduleConfig = CosineConfig()
    """How the learning rate changes over the steps."""
    clip_norm: PositiveFloat | None = None
    """Scale the gradient down to this global norm when it is longer."""


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


class AdamWConfig(OptimizerSection):
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


class SGDConfig(OptimizerSection):
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


OptimizerConfig = Annotated[
    AdamConfig | AdamWConfig | SGDConfig | RMSpropConfig | AdagradConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(with_default_name, "adamw")),
]
