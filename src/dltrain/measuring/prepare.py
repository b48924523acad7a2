"""Everything before the first step that is measured."""

from dataclasses import dataclass
from pathlib import Path

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.strategy import make_strategy
from dltrain.devices.team import Team
from dltrain.errors import DataError
from dltrain.training.learner import Learner
from dltrain.training.ready import make_ready


@dataclass(frozen=True)
class Ready:
    """A learner that may begin.

    Attributes:
        experiment: with nothing left to `auto`.
        dataset: what it trains on.
        learner: what learns.
        notices: what a person should know.
    """

    experiment: ExperimentConfig
    dataset: Dataset
    learner: Learner
    notices: tuple[str, ...]


def prepare(experiment: ExperimentConfig, data_dir: Path) -> Ready:
    """Set up TensorFlow, read or generate the data, build the model.

    Nothing is downloaded: where the data is not here it is generated, and a notice says so.

    Raises:
        UserError: the devices the config asks for are not there, or not for this config.
    """
    prepare_tensorflow(
        seed=experiment.seed,
        deterministic=experiment.train.deterministic,
        threads=Threads.of_this_machine(),
        distribution=experiment.distribution,
    )
    team = Team(make_strategy(experiment.distribution))
    dataset, experiment, notices = _data(experiment, data_dir)
    experiment, learner = make_ready(experiment, dataset, team)
    return Ready(experiment, dataset, learner, (*notices, *dataset.notices))


def _data(
    experiment: ExperimentConfig, data_dir: Path
) -> tuple[Dataset, ExperimentConfig, tuple[str, ...]]:
    try:
        return load_dataset(experiment.data, data_dir, offline=True), experiment, ()
    except DataError as error:
        if experiment.data.synthetic:
            raise
        reason = str(error).split("\n", maxsplit=1)[0]
    data = experiment.data.model_copy(update={"synthetic": True})
    made = load_dataset(data, data_dir, offline=True)
    return made, experiment.model_copy(update={"data": data}), (reason,)
