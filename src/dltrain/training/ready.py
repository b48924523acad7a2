"""From a config that has its data to a model that may take its first step."""

from functools import partial

import keras

from dltrain.checkpoints.teacher import Teacher
from dltrain.config.fit import mistakes_of
from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import resolve_task
from dltrain.data.dataset import Dataset
from dltrain.devices.resolve import (
    find_device,
    resolve_precision_and_jit,
    resolve_resident,
    resolve_steps_per_call,
)
from dltrain.devices.strategy import set_precision
from dltrain.devices.team import Team
from dltrain.errors import UserError
from dltrain.training.first_values import set_first_values
from dltrain.training.learner import Learner, make_learner
from dltrain.training.sharing import share_experiment


def make_ready(
    experiment: ExperimentConfig,
    dataset: Dataset,
    team: Team,
    *,
    teacher: Teacher | None = None,
    planned_steps: int | None = None,
) -> tuple[ExperimentConfig, Learner]:
    """Settle what `auto` means, set the precision, build the learner and give it first values.

    Args:
        experiment: a valid config.
        dataset: what it is to be trained on.
        team: the workers; all of them ask, and get what the chief's device can do.
        teacher: what is learned from too.
        planned_steps: see `resolve_precision_and_jit`.

    Returns:
        The experiment with nothing left to `auto`, and what learns.

    Raises:
        UserError: what `auto` means does not fit the rest of the config.
    """
    experiment = share_experiment(team, _resolved(experiment, dataset, team, planned_steps))
    set_precision(experiment.train.precision)
    keras.utils.set_random_seed(experiment.seed)  # whatever has drawn from it in between
    learner = make_learner(
        experiment,
        dataset.info,
        team.strategy,
        set_first_values=partial(set_first_values, dataset=dataset, team=team),
        teacher=teacher,
    )
    return resolve_steps_per_call(experiment, learner.model, learner.teacher), learner


def _resolved(
    experiment: ExperimentConfig, dataset: Dataset, team: Team, planned_steps: int | None
) -> ExperimentConfig:
    device, stored_bytes = find_device(), dataset.examples_of("train").nbytes
    experiment = resolve_precision_and_jit(
        resolve_resident(resolve_task(experiment, dataset.info), device, stored_bytes),
        device,
        team.strategy.num_replicas_in_sync,
        planned_steps,
        workers=team.cluster.count,
    )
    mistakes = mistakes_of(experiment, {})
    if mistakes:
        raise UserError(
            "the config does not fit the devices it is to be trained on:\n"
            + "\n".join(
                f"{mistake.path}: {mistake.message}; {mistake.hint}" for mistake in mistakes
            )
        )
    return experiment
