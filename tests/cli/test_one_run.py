"""One run in this process: what happens before anything is loaded."""

from pathlib import Path

import pytest

from dltrain.cli.one_run import Conditions, run_one
from dltrain.config.load import load_text
from dltrain.errors import CheckpointError
from dltrain.runs.cluster import ALONE


def test_fresh_with_a_wrong_teacher(copied_run: Path, small_config: str) -> None:
    """A teacher that is not there is told before the earlier run is set aside."""
    conditions = Conditions(
        config=Path("c.yaml"),
        data_dir=None,
        offline=True,
        verbose=False,
        planned_steps=1,
        teacher=copied_run / "nobody",
        cluster=ALONE,
    )
    before = sorted(copied_run.iterdir())
    with pytest.raises(CheckpointError, match="nobody does not exist"):
        run_one(load_text(small_config, "c.yaml").experiment, copied_run, conditions, fresh=True)
    assert sorted(copied_run.iterdir()) == before
    assert [path.name for path in copied_run.parent.iterdir()] == ["run"]
