"""Everything before the first step that is measured."""

from dataclasses import dataclass
from pathlib import Path

from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import resolve_task
from dltrain.data.dataset import Dataset, load_dataset
from dltrain.devices.resolve import (
    find_device,
    resolve_precision_and_jit,
    resolve_resident,
    resolve_steps_per_call,
)
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.strategy import make_strategy, set_precision
from dltrain.errors import DataError
from dltrain.training.learner import Learner, make_learner


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


def make_ready(experiment: ExperimentConfig, data_dir: Path) -> Ready:
    """Set up TensorFlow, read or generate the data, build the model.

    Nothing is downloaded: where the data is not here it is generated, and a notice says so.

    Raises:
        UserError: the devices the config asks for are not there.
    """
    prepare_tensorflow(
        seed=experiment.seed,
        deterministic=experiment.train.deterministic,
        threads=Threads.of_this_machine(),
        distribution=experiment.distribution,
    )
    strategy = make_strategy(experiment.distribution)
    dataset, experiment, notices = _data(experiment, data_dir)
    device, examples = find_device(), dataset.examples_of("train")
    stored_bytes = examples.inputs.nbytes + examples.labels.nbytes
    experiment = resolve_precision_and_jit(
        resolve_resident(resolve_task(experiment, dataset.info), device, stored_bytes),
        device,
        strategy.num_replicas_in_sync,
    )
    set_precision(experiment.train.precision)
    learner = make_learner(experiment, dataset.info, strategy)
    experiment = resolve_steps_per_call(experiment, learner.model)
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
