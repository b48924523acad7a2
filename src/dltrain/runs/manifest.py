"""Provenance of a run: what ran, on what, from which state of the user's repository."""

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dltrain import __version__

PACKAGES = ("tensorflow", "keras", "numpy", "tensorflow-datasets", "scikit-learn", "safetensors")
RECORDED_VARIABLES = ("TF_", "ONEDNN_", "OMP_", "KERAS_", "CUDA_VISIBLE_DEVICES", "XLA_")

# Terraform's variables begin with TF_ too, and may hold secrets; run directories are shared.
FOREIGN_OR_SECRET = re.compile(
    r"^TF_(VAR|TOKEN|CLI|LOG|DATA|PLUGIN)_|^TF_CONFIG$|TOKEN|SECRET|PASSWORD|KEY$"  # hosts, too
)


def describe(arguments: list[str], config_path: Path) -> dict[str, Any]:
    """The part of the manifest that is known before TensorFlow is loaded.

    Args:
        arguments: what was typed after ``dltrain``.
        config_path: the experiment's file; its folder's git state is recorded.
    """
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": ["dltrain", *map(portable, arguments)],
        "git": _git_state(config_path.parent),
        "packages": package_versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "hardware": {"cpu": cpu_name(), "cores": usable_cores(), "memory_gib": _memory_gib()},
        "environment": {
            name: portable(value)
            for name, value in sorted(os.environ.items())
            if name.startswith(RECORDED_VARIABLES) and not FOREIGN_OR_SECRET.search(name)
        },
    }


def portable(text: str) -> str:
    """The text with every absolute path cut to its name: a run directory may be moved."""
    return re.sub(r"(?<![^\s=:,])/(?:[^\s:,/]+/)*(?=[^\s:,/])", "", text)


def package_versions() -> dict[str, str | None]:
    """Installed versions of the packages that decide a run's numbers."""
    return {"dltrain": __version__, **{name: _version(name) for name in PACKAGES}}


def usable_cores() -> int:
    """Cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_name() -> str:
    """The processor's product name."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git_state(folder: Path) -> dict[str, Any] | None:
    """Commit and cleanness of the repository the config lies in; None outside of one."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain"))}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None
