"""The optimizers, their learning rates and schedules."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field
from pydantic.functional_validators import BeforeValidator

from dltrain.config.schema.values import (
    Fraction,
    NonNegativeFloat,
    PositiveFloat,
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


ScheduleConfig = Annotated[
    ConstantConfig | CosineConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(with_default_name, "cosine")),
]


class OptimizerSection(Section):
    """What every optimizer has in common."""

    schedule: ScheduleConfig = CosineConfig()
    """How the learning rate changes over the steps."""
    clip_norm: PositiveFloat | None = None
    """Scale the gradient down to this global norm when it is longer."""


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


OptimizerConfig = Annotated[
    AdamWConfig | SGDConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(with_default_name, "adamw")),
]
