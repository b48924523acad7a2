"""How several workers become one training: they meet, and find that they mean the same."""

import json
from typing import Any

from dltrain.config.save import digest
from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.devices.strategy import make_strategy
from dltrain.devices.team import Team
from dltrain.errors import UserError
from dltrain.runs.manifest import package_versions
from dltrain.training.interrupt import Interrupt
from dltrain.training.observer import Observer
from dltrain.training.request import Request
from dltrain.training.sharing import insist_on_same


def join(
    request: Request, experiment: ExperimentConfig, observer: Observer, interrupt: Interrupt
) -> Team:
    """Make the strategy, which waits for the other workers where there are any.

    Raises:
        UserError: the workers' devices are not those the config asks for.
        RunError: this worker cannot be reached.
    """
    if request.cluster.is_alone:
        return Team(make_strategy(experiment.distribution))
    observer.on_phase("waiting for the other workers")
    with interrupt.leaving_at_once():
        strategy = make_strategy(experiment.distribution, request.cluster)
        return Team(strategy, request.cluster)


def insist_on_same_start(team: Team, request: Request) -> None:
    """Make sure that all workers mean the same training, by the same code.

    Raises:
        UserError: they do not.
    """
    if team.is_alone:
        return
    again = "Start every worker with the same config and the same options."
    insist_on_same(team, "the config is", digest(request.experiment), again)
    install = "Install the same versions of dltrain and TensorFlow everywhere."
    insist_on_same(team, "a package is of", json.dumps(package_versions()), install)


def refuse_other_data(team: Team, dataset: Dataset, manifest: dict[str, Any] | None) -> None:
    """Make sure that the data is that of the run, and the same for all workers.

    Args:
        team: the workers; all of them ask.
        dataset: what this worker has read.
        manifest: the run's, where the chief has found one.

    Raises:
        UserError: it is not.
    """
    if manifest and dataset.fingerprint != manifest["dataset"]["sha256"]:
        raise UserError(
            f"the {dataset.info.name} found now is not the data this run began with.\n"
            "Point --data-dir at the data it began with, or start anew with --fresh."
        )
    if not team.is_alone:
        what = f"the data of {dataset.info.name} is"
        insist_on_same(team, what, dataset.fingerprint, "Give every worker the same prepared data.")
