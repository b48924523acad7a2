"""Whether so many workers can share an experiment is known before any of them starts."""

from pathlib import Path

import pytest

from dltrain.config.fit_workers import refuse_unshareable
from dltrain.config.load import load_config
from dltrain.config.mistakes import ConfigError

TEXT = "data:\n  name: digits\n  batch_size: 24\nmodel: {name: mlp}\n"


def refuse(folder: Path, workers: int, *overrides: str, replicas: int | None = None) -> None:
    """Check a small config with these overrides."""
    file = folder / "c.yaml"
    file.write_text(TEXT)
    experiment = load_config(file, overrides).experiment
    refuse_unshareable(experiment, (file, overrides), workers, replicas)


@pytest.mark.parametrize(
    ("workers", "overrides", "replicas"),
    [
        (3, ["distribution.name=multi_worker"], 3),
        (2, ["distribution.replicas=4"], 4),
        (2, ["distribution.replicas=4"], None),
        (1, ["distribution.name=mirrored", "distribution.replicas=2"], 1),
    ],
)
def test_shareable(
    tmp_path: Path, workers: int, overrides: list[str], replicas: int | None
) -> None:
    """Parts of equal size, one per replica, are no mistake; nor is anything for one worker."""
    refuse(tmp_path, workers, *overrides, replicas=replicas)


@pytest.mark.parametrize(
    ("workers", "overrides", "replicas", "message"),
    [
        (5, [], 5, "c.yaml:3:15: data.batch_size: .* 24 .* cannot be shared by 5 replicas"),
        (2, [], 16, "24 examples cannot be shared by 16 replicas"),
        (2, ["distribution.name=mirrored"], 2, "'mirrored' is for one process, not for 2"),
        (2, ["distribution.replicas=4"], 2, "(?s)4 replicas cannot be held by 2 .*write 2"),
        (2, ["distribution.replicas=3"], None, "3 replicas cannot be held by 2 workers"),
        (2, ["train.accumulation=8"], 2, "in 8 equal parts on 2 replicas"),
    ],
)
def test_unshareable(
    tmp_path: Path, workers: int, overrides: list[str], replicas: int, message: str
) -> None:
    """Each mistake says where it is and what would be right."""
    with pytest.raises(ConfigError, match=message):
        refuse(tmp_path, workers, *overrides, replicas=replicas)
