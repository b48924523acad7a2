"""How several workers become one training: they meet, and find that they mean the same."""

import os
from dataclasses import dataclass, replace
from typing import Any

from dltrain.config.schema import DistributionConfig
from dltrain.data.dataset import Dataset
from dltrain.devices.setup import Threads
from dltrain.devices.slurm import slurm_addresses
from dltrain.devices.strategy import has_joined, make_strategy
from dltrain.devices.team import Team
from dltrain.errors import UserError
from dltrain.runs.cluster import Cluster
from dltrain.runs.meeting import Answer, OverError, Waiting, hello_of, meet
from dltrain.training.begun import threads_kept
from dltrain.training.interrupt import Interrupt, dying_at_once
from dltrain.training.observer import Observer
from dltrain.training.request import Request
from dltrain.training.sharing import insist_on_same


@dataclass(frozen=True)
class Meeting:
    """What is known once the workers have met.

    Attributes:
        cluster: the workers, with their addresses.
        threads: what this worker computes with.
    """

    cluster: Cluster
    threads: Threads


def find_each_other(
    request: Request,
    manifest: dict[str, Any] | None,
    observer: Observer,
    interrupt: Interrupt,
) -> Meeting:
    """Wait for the other workers, where there are any, and find that all mean the same.

    Args:
        request: what this worker was asked for.
        manifest: of the run as the chief finds it; None before it has begun, and elsewhere.
        observer: told for whom it waits.
        interrupt: the flag of the signals.

    Raises:
        LeftError: a signal came.
        OverError: worker 0 says that the run is over.
        UserError: they do not mean the same.
        RunError: some worker did not come.
    """
    cluster, kept = request.cluster, threads_kept(request.cluster, manifest)
    if cluster.is_alone:
        return Meeting(cluster, kept or Threads.of_this_machine())
    cluster = replace(cluster, addresses=cluster.addresses or slurm_addresses(cluster))
    if has_joined():  # for a training before this one: TensorFlow has the port
        return Meeting(cluster, kept or Threads.of_this_machine())
    answer = meet(
        cluster,
        hello_of(cluster, request.experiment),
        Answer(threads=kept and kept.as_json()),
        Waiting(interrupt.requested, observer.on_phase),
    )
    if answer.over is not None:
        raise OverError(answer.over)
    threads = Threads(**answer.threads) if answer.threads else Threads.of_this_machine()
    return Meeting(cluster, threads)


def join(cluster: Cluster, distribution: DistributionConfig) -> Team:
    """Make the strategy, by which the workers that have met share their work.

    Raises:
        UserError: the workers' devices are not those the config asks for.
        RunError: this worker cannot be reached.
    """
    if cluster.is_alone:
        return Team(make_strategy(distribution))
    hosts = {address.rpartition(":")[0].strip("[]") for address in cluster.addresses or ()}
    # a web proxy is not for workers; the library reads the variable in this spelling
    os.environ["no_grpc_proxy"] = ",".join(sorted(hosts))  # noqa: SIM112
    with dying_at_once():
        return Team(make_strategy(distribution, cluster), cluster)


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
