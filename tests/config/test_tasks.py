"""What `auto` of a training means, as far as the task and the epochs decide."""

import pytest

from dltrain.config.schema import ExperimentConfig
from dltrain.config.tasks import resolve_task
from dltrain.dataset_info import DATASET_INFO


@pytest.mark.parametrize(
    ("epochs", "asked", "expected"),
    [(1, "auto", 1), (100, "auto", 1), (101, "auto", 2), (10_000, "auto", 100), (10_000, 3, 3)],
)
def test_checkpoint_every(epochs: int, asked: int | str, expected: int) -> None:
    """Left alone, a training keeps to a hundred checkpoints; what is asked for is kept."""
    experiment = ExperimentConfig.model_validate(
        {
            "data": {"name": "digits"},
            "model": {"name": "mlp"},
            "train": {"epochs": epochs, "checkpoint_every": asked},
        }
    )
    assert resolve_task(experiment, DATASET_INFO["digits"]).train.checkpoint_every == expected
