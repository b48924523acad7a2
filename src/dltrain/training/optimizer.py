"""From the config's `optimizer` to a Keras optimizer that only updates.

Clipping, loss scaling, averaging and the schedule are the step's business: inside the
optimizer Keras would do the first two before the replicas' gradients are summed.
"""

from collections.abc import Callable
from typing import Any

import keras

from dltrain.config.schema import (
    AdagradConfig,
    AdamConfig,
    AdamWConfig,
    OptimizerConfig,
    RMSpropConfig,
    SGDConfig,
)
from dltrain.models.blocks import is_weight


def make_optimizer(config: OptimizerConfig, model: keras.Model) -> keras.optimizers.Optimizer:
    """Build the optimizer with its variables, in the strategy scope now in force.

    Weight decay leaves out biases and the scales and offsets of norms.
    """
    optimizer = MAKERS[type(config)](config)
    others = [variable for variable in model.trainable_variables if not is_weight(variable)]
    if optimizer.weight_decay and others:
        optimizer.exclude_from_weight_decay(var_list=others)
    optimizer.build(model.trainable_variables)
    return optimizer


def _adam(config: AdamConfig) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(
        learning_rate=config.learning_rate,
        beta_1=config.beta_1,
        beta_2=config.beta_2,
        epsilon=config.epsilon,
    )


def _adamw(config: AdamWConfig) -> keras.optimizers.Optimizer:
    return keras.optimizers.AdamW(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        beta_1=config.beta_1,
        beta_2=config.beta_2,
        epsilon=config.epsilon,
    )


def _sgd(config: SGDConfig) -> keras.optimizers.Optimizer:
    return keras.optimizers.SGD(
        learning_rate=config.learning_rate,
        momentum=config.momentum,
        nesterov=config.nesterov,
        weight_decay=config.weight_decay or None,
    )


def _rmsprop(config: RMSpropConfig) -> keras.optimizers.Optimizer:
    return keras.optimizers.RMSprop(
        learning_rate=config.learning_rate,
        rho=config.rho,
        momentum=config.momentum,
        centered=config.centered,
        epsilon=config.epsilon,
    )


def _adagrad(config: AdagradConfig) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adagrad(
        learning_rate=config.learning_rate,
        initial_accumulator_value=config.initial_accumulator,
        epsilon=config.epsilon,
    )


MAKERS: dict[type[OptimizerConfig], Callable[[Any], keras.optimizers.Optimizer]] = {
    AdamConfig: _adam,
    AdamWConfig: _adamw,
    SGDConfig: _sgd,
    RMSpropConfig: _rmsprop,
    AdagradConfig: _adagrad,
}
