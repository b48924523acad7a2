"""What the chief of several workers knows and the others have to."""

import hashlib
import json

import numpy as np
from safetensors.numpy import load as load_safetensors
from safetensors.numpy import save as save_safetensors

from dltrain.checkpoints.store import Checkpoint
from dltrain.config.load import load_text
from dltrain.config.save import to_yaml
from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.devices.team import Team
from dltrain.errors import UserError


def insist_on_same(team: Team, what: str, mine: str, remedy: str) -> None:
    """Make sure that every worker has what the chief has.

    Args:
        team: the workers; all of them ask.
        what: it is, with its verb: ``the config is``.
        mine: this worker's.
        remedy: what to do.

    Raises:
        UserError: some worker has another; all of them raise it, naming those.
    """
    digest = hashlib.sha256(mine.encode()).hexdigest().encode()
    is_other = team.from_chief(digest) != digest
    flags = np.zeros(team.cluster.count, np.int64)
    flags[team.cluster.index] = is_other
    others = [f"worker {index}" for index in np.flatnonzero(team.total(flags))]
    if others:
        raise UserError(f"{what} another on {' and '.join(others)} than on worker 0.\n{remedy}")


def share_experiment(team: Team, experiment: ExperimentConfig) -> ExperimentConfig:
    """The experiment as the chief begins or goes on with it, for everyone."""
    if team.is_alone:
        return experiment
    text = team.from_chief(to_yaml(experiment).encode()).decode()
    return load_text(text, "the config of worker 0").experiment


def share_checkpoint(
    team: Team, checkpoint: Checkpoint | None, experiment: ExperimentConfig, info: DatasetInfo
) -> Checkpoint | None:
    """The checkpoint that the chief goes on from, for everyone; no worker needs its files.

    Args:
        team: the workers; all of them ask.
        checkpoint: the chief's; None where there is none, and on the others.
        experiment: the config in force.
        info: what the model knows about its data.
    """
    if team.is_alone:
        return checkpoint
    facts = checkpoint and {
        "step": checkpoint.step,
        "state": checkpoint.state,
        "structure": checkpoint.structure,
        "environment": checkpoint.environment,
    }
    shared = json.loads(team.from_chief(json.dumps(facts).encode()))
    if shared is None:
        return None
    arrays = team.from_chief(save_safetensors(checkpoint.arrays) if checkpoint else None)
    return checkpoint or Checkpoint(
        **shared, experiment=experiment, info=info, arrays=load_safetensors(arrays)
    )
