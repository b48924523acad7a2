"""From the config's `optimizer` to Keras optimizers that only update.

Clipping, loss scaling, averaging and the schedule are the step's business: inside the
optimizer Keras would do the first two before the replicas' gradients are summed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from dltrain.config.schema import (
    AdagradConfig,
    AdamConfig,
    AdamWConfig,
    AdamWRule,
    GroupConfig,
    MuonConfig,
    OptimizerConfig,
    RMSpropConfig,
    SGDConfig,
    SGDRule,
)
from dltrain.config.variable_groups import KERNEL
from dltrain.models.blocks import is_weight
from dltrain.training.muon import Muon
from dltrain.training.variable_groups import group_of, refuse_empty

Rule = OptimizerConfig | AdamWRule | SGDRule


@dataclass(frozen=True)
class Part:
    """One Keras optimizer and the variables it updates.

    Attributes:
        rule: the optimizer, already built.
        places: which of the model's trainable variables are its own.
        factor: its learning rate, as a multiple of the config's.
    """

    rule: keras.optimizers.Optimizer
    places: list[int]
    factor: float


class Optimizer:
    """Updates all trainable variables of a model, each by its own part."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)

    @property
    def variables(self) -> list[keras.Variable]:
        """What a checkpoint has to keep."""
        return [variable for part in self.parts for variable in part.rule.variables]

    def apply(self, gradients: Sequence[tf.Tensor], rate: tf.Tensor) -> None:
        """Make one update; in cross-replica context.

        Args:
            gradients: of each trainable variable, in the model's order.
            rate: () float32, what the schedule makes of the config's learning rate.
        """
        for part in self.parts:
            part.rule.learning_rate.assign(rate * part.factor)
            part.rule.apply([gradients[place] for place in part.places])


def make_optimizer(config: OptimizerConfig, model: keras.Model) -> Optimizer:
    """Build the optimizer with its variables, in the strategy scope now in force.

    Weight decay leaves out biases and the scales and offsets of norms, unless their group
    has one of its own.

    Raises:
        UserError: a group of the config has no variables in this model.
    """
    groups = {name: group for name, group in config.groups if group is not None}
    names = [group_of(variable) for variable in model.trainable_variables]
    if isinstance(config, MuonConfig):
        others: Rule = config.others
        apart = {KERNEL: config, **{name: _own(others, groups[name]) for name in groups}}
    else:
        others = config
        apart = {name: _own(config, groups[name]) for name in groups}
    refuse_empty(groups, names)
    parts = []
    for name in (None, *apart):
        places = [i for i, own in enumerate(names) if name == (own if own in apart else None)]
        if places:
            rule = others if name is None else apart[name]
            variables = [model.trainable_variables[place] for place in places]
            decays_all = name in groups and groups[name].weight_decay is not None
            made = _made(rule, variables, decays_all=decays_all)
            parts.append(Part(made, places, rule.learning_rate / config.learning_rate))
    return Optimizer(parts)


def _own(rule: Rule, group: GroupConfig) -> Rule:
    """The rule with what a group has of its own."""
    return rule.model_copy(update=group.model_dump(exclude_none=True))


def _made(
    rule: Rule, variables: list[keras.Variable], *, decays_all: bool
) -> keras.optimizers.Optimizer:
    optimizer = MAKERS[type(rule)](rule)
    spared = [] if decays_all else [item for item in variables if not is_weight(item)]
    if optimizer.weight_decay and spared:
        optimizer.exclude_from_weight_decay(var_list=spared)
    optimizer.build(variables)
    return optimizer


def _adam(config: AdamConfig) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(
        learning_rate=config.learning_rate,
        beta_1=config.beta_1,
        beta_2=config.beta_2,
        epsilon=config.epsilon,
    )


def _adamw(config: AdamWRule) -> keras.optimizers.Optimizer:
    return keras.optimizers.AdamW(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        beta_1=config.beta_1,
        beta_2=config.beta_2,
        epsilon=config.epsilon,
    )


def _sgd(config: SGDRule) -> keras.optimizers.Optimizer:
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


def _muon(config: MuonConfig) -> keras.optimizers.Optimizer:
    return Muon(
        config.learning_rate,
        momentum=config.momentum,
        nesterov=config.nesterov,
        newton_schulz_steps=config.newton_schulz_steps,
        keep_norm=config.keep_norm,
        weight_decay=config.weight_decay or None,
    )


MAKERS: dict[type[Rule], Callable[[Any], keras.optimizers.Optimizer]] = {
    AdamConfig: _adam,
    AdamWConfig: _adamw,
    AdamWRule: _adamw,
    SGDConfig: _sgd,
    SGDRule: _sgd,
    RMSpropConfig: _rmsprop,
    AdagradConfig: _adagrad,
    MuonConfig: _muon,
}
