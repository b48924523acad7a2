"""What a figure was measured on."""

import os
import platform
from importlib.metadata import version
from typing import Any

from dltrain.runs.manifest import cpu_name


def this_machine() -> dict[str, Any]:
    """Processor, cores, memory and versions, for the JSON of a benchmark."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "memory_gib": round(pages / 2**30, 1),
        "python": platform.python_version(),
        "tensorflow": version("tensorflow"),
        "keras": version("keras"),
    }
