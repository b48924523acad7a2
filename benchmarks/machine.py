"""What a figure was measured on."""

import os
import platform
from typing import Any

from dltrain.runs.manifest import cpu_name, package_versions, usable_cores


def machine() -> dict[str, Any]:
    """Processor, cores, memory, versions, and the load: best asked for before the first turn."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": cpu_name(),
        "cores": usable_cores(),
        "load": os.getloadavg()[0],
        "memory_gib": round(memory / 2**30, 1),
        "python": platform.python_version(),
        "packages": package_versions(),
    }
