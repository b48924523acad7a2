"""What learns: a model, its running average, its optimizer."""

from dataclasses import dataclass

import keras
import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.build import build_model
from dltrain.training.loss_scale import LossScale
from dltrain.training.optimizer import make_optimizer


@dataclass(frozen=True, kw_only=True)
class Learner:
    """What learns: the model, its optimizer and what stands around them.

    Attributes:
        model: takes stored examples, gives logits.
        average: a second model whose variables are the running average of the first's;
            None without ``train.ema``.
        optimizer: a Keras optimizer, already built.
        loss_scale: present under float16 only.
        strategy: under whose scope all of them were made.
        random_states: the states of the model's random layers.
        random_seeds: their seeds as the config's seed made them; a state itself holds that of
            the last mask.
    """

    model: keras.Model
    average: keras.Model | None
    optimizer: keras.optimizers.Optimizer
    loss_scale: LossScale | None
    strategy: tf.distribute.Strategy
    random_states: list[keras.Variable]
    random_seeds: list[int]

    @property
    def judged(self) -> keras.Model:
        """The model that validation, test and export use."""
        return self.average or self.model

    def variables(self) -> dict[str, list[keras.Variable]]:
        """Every variable of the training by role, for a checkpoint."""
        roles = {"model": self.model.variables, "optimizer": self.optimizer.variables}
        if self.average is not None:
            roles["average"] = self.average.variables
        if self.loss_scale is not None:
            roles["loss_scale"] = self.loss_scale.variables
        return roles


def make_learner(
    experiment: ExperimentConfig, info: DatasetInfo, strategy: tf.distribute.Strategy
) -> Learner:
    """Build model, average and optimizer under the strategy's scope and the precision in force.

    Args:
        experiment: a config whose precision is resolved.
        info: what the model may know about its data.
        strategy: decides where the variables live.
    """
    with strategy.scope():
        model = build_model(experiment.model, info)
        average = None
        if experiment.train.ema is not None:
            average = build_model(experiment.model, info)
            for slow, fast in zip(average.variables, model.variables, strict=True):
                slow.assign(fast.numpy())
        random_states = [
            variable
            for variable in model.non_trainable_variables
            if variable.path.endswith("seed_generator_state")
        ]
        return Learner(
            model=model,
            average=average,
            optimizer=make_optimizer(experiment.optimizer, model),
            loss_scale=LossScale() if experiment.train.precision == "float16" else None,
            strategy=strategy,
            random_states=random_states,
            random_seeds=[int(state.numpy()[0]) for state in random_states],
        )
