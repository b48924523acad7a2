"""What an earlier process of the run has settled, and what of it still holds."""

from typing import Any

from dltrain.config.load import load_config
from dltrain.config.save import differences
from dltrain.config.schema import DistributionConfig, ExperimentConfig
from dltrain.devices.setup import Threads
from dltrain.devices.strategy import fitting
from dltrain.errors import UserError
from dltrain.runs.cluster import Cluster
from dltrain.runs.run_dir import SHARED_OUT
from dltrain.training.request import Request


def experiment_now(request: Request, manifest: dict[str, Any] | None) -> ExperimentConfig:
    """The config as an earlier process of this run resolved it, on the devices there are now.

    Args:
        request: what is asked for now.
        manifest: the run's; None before it has begun.

    Raises:
        UserError: somebody has edited it.
    """
    path = request.run.config
    if manifest is None or not path.exists():  # killed right after the manifest
        return request.experiment
    resolved = load_config(path).experiment
    changes = differences(request.experiment, resolved)
    edited = [
        key
        for key, asked, _ in changes
        if asked not in ("auto", None) and not key.startswith(SHARED_OUT)
    ]
    if edited:
        raise UserError(
            f"{path} has been edited ({', '.join(edited)}), but a run is of one config.\n"
            "Put the old values back, and run a config of your own with the new ones."
        )
    distribution = _distribution_now(request, resolved.distribution, request.cluster)
    train = resolved.train
    if distribution != resolved.distribution:  # XLA is not for every shape
        train = train.model_copy(update={"jit": request.experiment.train.jit})
    return resolved.model_copy(update={"distribution": distribution, "train": train})


def _distribution_now(
    request: Request, resolved: DistributionConfig, cluster: Cluster
) -> DistributionConfig:
    """What was settled before, unless the person or the workers ask for something else."""
    asked = request.experiment.distribution
    was_shared = resolved.name == "multi_worker"
    is_asked = asked.name not in ("auto", resolved.name) or (
        asked.replicas is not None and asked.replicas != resolved.replicas
    )
    return asked if is_asked or was_shared or not cluster.is_alone else fitting(resolved)


def threads_kept(cluster: Cluster, manifest: dict[str, Any] | None) -> Threads | None:
    """The thread counts the run began with; None before that, or where its work is divided anew."""
    if manifest is None or manifest.get("workers", 1) != cluster.count:
        return None
    return Threads(**manifest["threads"])
