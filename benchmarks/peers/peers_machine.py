"""What the figures depend on."""

import os
import platform
from typing import Any

from dltrain.runs.manifest import cpu_name, package_versions, usable_cores


def machine() -> dict[str, Any]:
    """Processor, cores, versions, and the load before the first turn."""
    return {
        "cpu": cpu_name(),
        "cores": usable_cores(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "packages": package_versions(),
    }
