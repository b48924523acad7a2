"""Whether an experiment can be shared by so many workers, said before any of them starts."""

from collections.abc import Sequence
from pathlib import Path

from dltrain.config.fit import mistakes_of
from dltrain.config.load import load_config
from dltrain.config.mistakes import ConfigError, Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import ExperimentConfig


def refuse_unshareable(
    experiment: ExperimentConfig,
    source: tuple[Path, Sequence[str]],
    workers: int,
    replicas: int | None = None,
) -> None:
    """Make sure that the workers' devices can share an experiment.

    Args:
        experiment: as it would be trained.
        source: the config file and the overrides it was read from.
        workers: how many processes there are.
        replicas: copies of the model that all of them can hold; None where that is not known.

    Raises:
        ConfigError: with every reason why they cannot.
    """
    if workers == 1:
        return
    pointer = Pointer(load_config(*source).origins)
    mistakes = _mistakes_for_workers(experiment, pointer, workers, replicas)
    if not mistakes:
        held = experiment.distribution.replicas or replicas or workers
        distribution = experiment.distribution.model_copy(update={"replicas": held})
        shared = experiment.model_copy(update={"distribution": distribution})
        mistakes = mistakes_of(shared, pointer.origins)
    if mistakes:
        raise ConfigError(mistakes)


def _mistakes_for_workers(
    experiment: ExperimentConfig, pointer: Pointer, workers: int, replicas: int | None
) -> list[Mistake]:
    distribution = experiment.distribution
    if distribution.name not in ("auto", "multi_worker"):
        return [
            pointer.mistake(
                "distribution.name",
                f"'{distribution.name}' is for one process, not for {workers} workers",
                hint="write 'auto' or 'multi_worker'",
            )
        ]
    held = distribution.replicas or workers
    if held % workers == 0 and (replicas is None or held <= replicas):
        return []
    return [
        pointer.mistake(
            "distribution.replicas",
            f"{held} replicas cannot be held by {workers} workers",
            hint=f"write {replicas or workers}, or leave it out",
        )
    ]
