"""From the config's `optimizer` to a Keras optimizer that only updates.

Clipping, loss scaling, averaging and the schedule are the step's business: inside the
optimizer Keras would do the first two before the replicas' gradients are summed.
"""

import keras

from dltrain.config.schema import AdamWConfig, OptimizerConfig
from dltrain.models.blocks import is_weight


def make_optimizer(config: OptimizerConfig, model: keras.Model) -> keras.optimizers.Optimizer:
    """Build the optimizer with its variables, in the strategy scope now in force.

    Weight decay leaves out biases and the scales and offsets of norms.
    """
    optimizer = _make(config)
    others = [variable for variable in model.trainable_variables if not is_weight(variable)]
    if config.weight_decay and others:
        optimizer.exclude_from_weight_decay(var_list=others)
    optimizer.build(model.trainable_variables)
    return optimizer


def _make(config: OptimizerConfig) -> keras.optimizers.Optimizer:
    if isinstance(config, AdamWConfig):
        return keras.optimizers.AdamW(
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            beta_1=config.beta_1,
            beta_2=config.beta_2,
            epsilon=config.epsilon,
        )
    return keras.optimizers.SGD(
        learning_rate=config.learning_rate,
        momentum=config.momentum,
        nesterov=config.nesterov,
        weight_decay=config.weight_decay or None,
    )
