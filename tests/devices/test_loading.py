"""TensorFlow is imported with the garbage collector at rest, and it works as before afterwards."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dltrain.devices.loading import load_tensorflow

SOURCE = Path(__file__).parents[2] / "src"
MODULE = "import gc, json; print(json.dumps(gc.isenabled())); things = [[]]\n"
PROGRAM = """\
import gc, json, sys
from dltrain.devices.loading import load_tensorflow
if {disabled}:
    gc.disable()
load_tensorflow()
print(json.dumps([gc.isenabled(), gc.get_freeze_count() > 0]))
load_tensorflow()
"""


@pytest.mark.parametrize("disabled", [False, True])
def test_at_rest(tmp_path: Path, disabled: bool) -> None:
    """Both are imported, once, without the collector; then it is as it was, and they are apart."""
    for name in ("tensorflow", "keras"):  # in their place, for their own import takes seconds
        (tmp_path / f"{name}.py").write_text(MODULE)
    program = [sys.executable, "-c", PROGRAM.format(disabled=disabled)]
    path = os.pathsep.join(map(str, (tmp_path, SOURCE)))
    environment = os.environ | {"PYTHONPATH": path}
    said = subprocess.run(program, env=environment, check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert lines == [False, False, [not disabled, True]]


@pytest.mark.usefixtures("tensorflow")
def test_already_there() -> None:
    """Where TensorFlow has been imported, nothing is set apart: it might be a person's garbage."""
    before = gc.get_freeze_count()
    load_tensorflow()
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, before)
