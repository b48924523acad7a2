"""What the README shows is what the commands print."""

import re
from pathlib import Path

from dltrain.config.load import load_config
from dltrain.config.save import digest

ROOT = Path(__file__).parents[2]


def test_run_directory() -> None:
    """The run directory of the first example is the one that a newcomer gets."""
    experiment = load_config(ROOT / "configs" / "digits_cnn.yaml").experiment
    shown = re.findall(r"runs/digits_cnn/(\w+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(shown) > 1
    assert set(shown) == {digest(experiment)}
