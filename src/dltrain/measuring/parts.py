"""What of a step is input, forward pass, backward pass and update.

The compiled steps of a training are made again with pieces left out: once without the update,
once with the gradient of a single number only, once with a model that only looks at its
examples. Everything else about them, calls and devices included, is that of the training, so
each takes as long as the parts it has, and the differences are the parts.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.measuring.messages import Round
from dltrain.measuring.product import make_product
from dltrain.measuring.stepper import Stepper
from dltrain.training.learner import Learner
from dltrain.training.optimizer import Optimizer

NEXT_TO_NOTHING = 1e-30  # and not 0, with which a compiler would leave the reading out


class StandInModel:
    """What a step asks of a model, with one trainable number added to its outputs.

    Attributes:
        trainable_variables: that number alone, so that a gradient costs no backward pass.
    """

    def __init__(self, outputs: Callable[[tf.Tensor], tf.Tensor], model: Any = None) -> None:
        self._outputs, self._model = outputs, model
        self.number = keras.Variable(0.0, dtype="float32", name="number")
        self.trainable_variables = [self.number]

    @property
    def losses(self) -> list[tf.Tensor]:
        """The penalties of the model it stands for."""
        return [] if self._model is None else self._model.losses

    def __call__(self, examples: tf.Tensor, *, training: bool) -> tf.Tensor:
        """Outputs ``(batch, outputs)`` with the number, which is zero, added."""
        assert training, "only training steps are measured"
        return self._outputs(examples) + self.number.value


class Parts:
    """The steps of a learner, whole and with pieces left out."""

    def __init__(self, learner: Learner, experiment: ExperimentConfig, dataset: Dataset) -> None:
        model = learner.model
        outputs = int(model.output_shape[-1])
        with learner.strategy.scope():
            looking = StandInModel(lambda examples: look_at(examples, outputs))
            forward = StandInModel(lambda examples: model(examples, training=True), model)
        still = replace(learner, optimizer=Optimizer(()), average=None, lookahead=None)
        learners = {
            "input": replace(still, model=looking),
            "forward": replace(still, model=forward),
            "gradients": still,
            "step": learner,
        }
        self._steppers = {
            name: Stepper(each, experiment, dataset) for name, each in learners.items()
        }
        self._product = make_product(experiment.train.precision)
        self.round(0.0)  # compiles

    def round(self, at_least: float) -> Round:
        """Time each part for so many seconds, one after the other."""
        turns = {name: stepper.turn(at_least) for name, stepper in self._steppers.items()}
        seconds = {name: turn.seconds / turn.steps for name, turn in turns.items()}
        return Round(**seconds, product=self._product(at_least))


def look_at(examples: tf.Tensor, outputs: int) -> tf.Tensor:
    """Outputs ``(batch, outputs)`` near zero that need every number of the examples."""
    axes = list(range(1, len(examples.shape)))
    sums = tf.reduce_sum(tf.cast(examples, tf.float32), axis=axes) * NEXT_TO_NOTHING
    return tf.repeat(sums[:, tf.newaxis], outputs, axis=1)
