"""Which workers share a run: from the command line, from TF_CONFIG, or from SLURM's variables."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from dltrain.config.schema import DistributionConfig
from dltrain.errors import UserError

DEFAULT_PORT = 2222
ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/,\[\]]+)(:(?P<port>\d{1,5}))?", re.ASCII)
HIGHEST_PORT = 65_535


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The workers of a run, and which of them this process is.

    Attributes:
        index: this worker's number, from 0. Worker 0 is the chief, who writes the run directory.
        count: how many there are.
        addresses: ``host:port`` of each; None where TensorFlow reads them from SLURM's variables.
        source: where all this was found, for messages.
    """

    index: int = 0
    count: int = 1
    addresses: tuple[str, ...] | None = ()
    source: str = "this machine"

    @property
    def is_chief(self) -> bool:
        """Whether this worker writes the run directory."""
        return self.index == 0

    @property
    def is_alone(self) -> bool:
        """Whether there is no other worker."""
        return self.count == 1

    @property
    def name(self) -> str:
        """This worker, for messages and logs."""
        return f"worker {self.index}"


ALONE = Cluster()


def find_cluster(
    distribution: DistributionConfig,
    workers: str | None = None,
    worker: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Cluster:
    """The workers that a command means: those it names, else TF_CONFIG's, else SLURM's.

    Args:
        distribution: a config that asks for one machine is not for several workers.
        workers: ``--workers``: addresses, separated by commas.
        worker: ``--worker``: which of them this process is.
        environment: the process's own when absent.

    Raises:
        UserError: they are not named rightly, or the config does not fit them.
    """
    variables = os.environ if environment is None else environment
    cluster = _from_options(workers, worker) or _from_tf_config(variables) or _from_slurm(variables)
    is_local = distribution.name in ("one_device", "mirrored")
    if cluster is None or cluster.is_alone:
        if distribution.name == "multi_worker" and cluster is None:
            raise UserError(
                "distribution.name: 'multi_worker' needs to know the workers, and nothing names "
                "them.\nStart them with `dltrain launch --workers 2 CONFIG`, name them with "
                "--workers and --worker, or set TF_CONFIG."
            )
        return ALONE
    if is_local and cluster.addresses is None:
        return ALONE  # several trainings in one allocation, each for itself
    if is_local:
        raise UserError(
            f"{cluster.source} names {cluster.count} workers, but distribution.name is "
            f"'{distribution.name}', which is for one machine.\n"
            "Write 'auto' or 'multi_worker', or train without the other workers."
        )
    return cluster


def refuse_several(cluster: Cluster, option: str) -> None:
    """Make sure that an option for one machine is used on one.

    Raises:
        UserError: there are other workers.
    """
    if not cluster.is_alone:
        raise UserError(
            f"{option} is for one machine, but {cluster.source} names {cluster.count} workers.\n"
            f"Start each training by itself, without {option}."
        )


def parse_addresses(text: str, option: str = "--workers") -> tuple[str, ...]:
    """``a:2222,b`` as ``("a:2222", "b:2222")``.

    Raises:
        UserError: one of them is no address, or stands there twice.
    """
    addresses = tuple(_address(part.strip(), option) for part in text.split(","))
    doubles = {address for address in addresses if addresses.count(address) > 1}
    if doubles:
        raise UserError(
            f"{option}: {min(doubles)} stands there twice.\n"
            "Give every worker an address, or a port, of its own."
        )
    return addresses


def _address(text: str, where: str) -> str:
    match = ADDRESS.fullmatch(text)
    port = int((match and match["port"]) or DEFAULT_PORT)
    if match is None or not 0 < port <= HIGHEST_PORT:
        raise UserError(
            f"{where}: '{text}' is not the address of a worker.\n"
            "Write a host and a port, such as 'node1:2222', separated by commas."
        )
    return f"{match['host']}:{port}"


def _from_options(workers: str | None, worker: int | None) -> Cluster | None:
    if workers is None and worker is None:
        return None
    if workers is None or worker is None:
        raise UserError(
            "--workers names all workers and --worker says which of them this is: one goes "
            "with the other.\nWrite, for example, --workers a:2222,b:2222 --worker 0."
        )
    addresses = parse_addresses(workers)
    if worker >= len(addresses):
        raise UserError(
            f"--worker {worker}: --workers names {len(addresses)}, so this is one of 0 to "
            f"{len(addresses) - 1}."
        )
    return Cluster(index=worker, count=len(addresses), addresses=addresses, source="--workers")


class _Addresses(BaseModel):
    chief: list[str] = Field(default=[], max_length=1)
    worker: list[str] = []


class _Task(BaseModel):
    type: Annotated[str, Field(pattern="^(chief|worker)$")]
    index: NonNegativeInt


class _TFConfig(BaseModel):
    """The JSON of TF_CONFIG, as far as it names workers."""

    cluster: _Addresses = _Addresses()
    task: _Task | None = None


def _from_tf_config(variables: Mapping[str, str]) -> Cluster | None:
    text = variables.get("TF_CONFIG", "").strip()
    if not text:
        return None
    try:
        content = _TFConfig.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise _wrong_tf_config(f"{place}: {first['msg']}") from error
    addresses = [*content.cluster.chief, *content.cluster.worker]
    if not addresses:
        return None
    if content.task is None:
        raise _wrong_tf_config("it does not say which task this is")
    own = content.cluster.chief if content.task.type == "chief" else content.cluster.worker
    if content.task.index >= len(own):
        raise _wrong_tf_config(f"it names no {content.task.type} {content.task.index}")
    before = len(content.cluster.chief) if content.task.type == "worker" else 0
    return Cluster(
        index=before + content.task.index,
        count=len(addresses),
        addresses=parse_addresses(",".join(addresses), "TF_CONFIG"),
        source="TF_CONFIG",
    )


def _wrong_tf_config(problem: str) -> UserError:
    example = (
        '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 0}}'
    )
    return UserError(
        f"TF_CONFIG does not name the workers of a training: {problem}.\n"
        f"Write it as {example}, or unset it."
    )


def _from_slurm(variables: Mapping[str, str]) -> Cluster | None:
    """The tasks of a job step, such as `srun` starts; a batch script by itself is one task."""
    count, index = variables.get("SLURM_STEP_NUM_TASKS", ""), variables.get("SLURM_PROCID", "")
    if not (count.isdecimal() and index.isdecimal()) or int(count) <= 1:
        return None
    return Cluster(index=int(index), count=int(count), addresses=None, source="SLURM")
