"""The peers' own virtual environment, made once from the package index."""

import json
import subprocess
import venv
from pathlib import Path

TORCH = "torch==2.13.0"
OTHERS = ("lightning", "numpy")  # after it, so that a build of it for the CPU is kept
PACKAGES = ("torch", "lightning", "numpy")


def peers_python(folder: Path) -> Path:
    """The interpreter of the environment in `folder`, made and filled where it is missing.

    The package index's own wheel of PyTorch for Linux carries CUDA, several GB of it, which
    is not used here; one for the CPU that pip is configured to find is taken instead.
    """
    python = folder / "bin" / "python"
    if _versions(python) is not None:
        return python
    print(f"making {folder} with {TORCH} and {', '.join(OTHERS)}; this takes minutes", flush=True)
    venv.create(folder, with_pip=True)
    for packages in ((TORCH,), OTHERS):
        command = [str(python), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(command, check=True)  # noqa: S603 - our own
    return python


def peer_versions(python: Path) -> dict[str, str]:
    """Versions of the packages the peers run on."""
    versions = _versions(python)
    if versions is None:
        raise SystemExit(f"{python} has not all of {', '.join(PACKAGES)}: remove its folder.")
    return versions


def _versions(python: Path) -> dict[str, str] | None:
    if not python.exists():
        return None
    code = (
        "import json; from importlib.metadata import version; "
        f"print(json.dumps({{name: version(name) for name in {PACKAGES!r}}}))"
    )
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    return None if done.returncode else json.loads(done.stdout)
