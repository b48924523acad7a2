"""What learns: a model, its running average, its optimizer."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import tensorflow as tf

from dltrain.checkpoints.teacher import Teacher
from dltrain.checkpoints.variables import structure_of
from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.build import build_model
from dltrain.models.training_layers import built_for_training
from dltrain.training.distillation import build_teacher
from dltrain.training.fast_layers import make_fast
from dltrain.training.lookahead import Lookahead
from dltrain.training.loss_scale import LossScale
from dltrain.training.optimizer import Optimizer, make_optimizer
from dltrain.training.resident import are_gpus, devices_of


@dataclass(frozen=True, kw_only=True)
class Learner:
    """What learns: the model, its optimizer and what stands around them.

    Attributes:
        model: takes stored examples, gives logits.
        average: a second model whose variables are the running average of the first's;
            None without ``train.ema``.
        optimizer: updates the model's trainable variables.
        lookahead: holds their slow weights; None without ``train.lookahead``.
        teacher: a model whose classes are labels too; nothing of it changes, and it is in no
            checkpoint. None without ``train.distillation``.
        loss_scale: present under float16 only.
        strategy: under whose scope all of them were made.
        random_states: the states of the model's random layers.
        random_seeds: their seeds as the config's seed made them; a state itself holds that of
            the last mask.
        structure: digest of the model as it is built anywhere else; see `structure_of`.
    """

    model: keras.Model
    average: keras.Model | None
    optimizer: Optimizer
    lookahead: Lookahead | None
    teacher: keras.Model | None
    loss_scale: LossScale | None
    strategy: tf.distribute.Strategy
    random_states: list[keras.Variable]
    random_seeds: list[int]
    structure: str

    @property
    def judged(self) -> keras.Model:
        """The model that validation, test and export use."""
        return self.average or self.model

    def variables(self) -> dict[str, list[keras.Variable]]:
        """Every variable of the training by role, for a checkpoint."""
        roles = {"model": self.model.variables, "optimizer": self.optimizer.variables}
        if self.average is not None:
            roles["average"] = self.average.variables
        if self.lookahead is not None:
            roles["lookahead"] = self.lookahead.variables
        if self.loss_scale is not None:
            roles["loss_scale"] = self.loss_scale.variables
        return roles


def make_learner(
    experiment: ExperimentConfig,
    info: DatasetInfo,
    strategy: tf.distribute.Strategy,
    *,
    set_first_values: Callable[[keras.Model], None] | None = None,
    teacher: Teacher | None = None,
) -> Learner:
    """Build model, average and optimizer under the strategy's scope and the precision in force.

    Args:
        experiment: a config whose precision is resolved.
        info: what the model may know about its data.
        strategy: decides where the variables live.
        set_first_values: gives the model what it takes from data, before anything is
            trained.
        teacher: what it learns from too; built last, so that it changes no initial weight.
    """
    on_gpu = are_gpus(devices_of(strategy))
    with strategy.scope():
        with built_for_training(on_cpu=not on_gpu):
            model = build_model(experiment.model, info)
        if set_first_values is not None:
            set_first_values(model)
        make_fast(model, on_gpu=on_gpu)
        average = None
        if experiment.train.ema is not None:
            average = build_model(experiment.model, info)
            for slow, fast in zip(average.variables, model.variables, strict=True):
                slow.assign(fast.numpy())
        looks = experiment.train.lookahead
        random_states = [
            variable
            for variable in model.non_trainable_variables
            if variable.path.endswith("seed_generator_state")
        ]
        return Learner(
            model=model,
            average=average,
            optimizer=make_optimizer(experiment.optimizer, model),
            lookahead=Lookahead(looks, model) if looks is not None else None,
            teacher=build_teacher(teacher, experiment, strategy),
            loss_scale=LossScale() if experiment.train.precision == "float16" else None,
            strategy=strategy,
            random_states=random_states,
            random_seeds=[int(state.numpy()[0]) for state in random_states],
            structure=_structure(experiment, info, average or model),
        )


def _structure(experiment: ExperimentConfig, info: DatasetInfo, model: keras.Model) -> str:
    """That of the model without the layers that are quicker in training.

    Where there are such, the plain model is built for it, after all else for the sake of the
    initial weights, and forgotten.
    """
    if any(type(layer).__module__.startswith("dltrain.") for layer in model.layers):
        model = build_model(experiment.model, info)
    return structure_of(model)
