"""What a person asks of a training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltrain.checkpoints.teacher import Teacher
from dltrain.config.schema import ExperimentConfig
from dltrain.runs.cluster import ALONE, Cluster
from dltrain.runs.run_dir import RunDir


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person asked for.

    Attributes:
        experiment: the composed config, before `auto` is resolved.
        run: the directory, which the chief already holds against other processes.
        data_dir: where prepared datasets lie.
        offline: forbid the network.
        provenance: the part of the manifest known before TensorFlow was loaded.
        planned_steps: of the whole experiment where this is a small piece of it (`--smoke`),
            so that it takes the same compiled path; None for the experiment's own.
        teacher: what it learns from too, where the experiment asks for that.
        cluster: the workers that share the run, and which of them this is.
    """

    experiment: ExperimentConfig
    run: RunDir
    data_dir: Path
    offline: bool
    provenance: dict[str, Any]
    planned_steps: int | None = None
    teacher: Teacher | None = None
    cluster: Cluster = ALONE
