"""The wheel: what it carries, and that it works where there is no clone."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.install
def test_wheel_carries_every_module_and_config_and_nothing_else(tmp_path: Path) -> None:
    """Every source file and shipped config is in the wheel; no tests, no data."""
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    modules = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py")}
    configs = {
        f"dltrain/shipped_configs/{path.relative_to(ROOT / 'configs')}"
        for path in (ROOT / "configs").rglob("*.yaml")
    }
    assert names == modules | configs | {"dltrain/py.typed"}
