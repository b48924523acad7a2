"""What every worker does, in whichever environment it runs: an epoch for each line it is sent."""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path


def peak_memory() -> int:
    """Bytes of memory this process has held at most, as Linux counts them."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    if found is None:
        raise SystemExit("/proc/self/status has no VmHWM: peak memory is known on Linux only.")
    return 1024 * int(found[1])


def tell(**facts: object) -> None:
    """One line of JSON for the program that started this one."""
    print("PEER " + json.dumps(facts), flush=True)


def serve(epoch: Callable[[], float], parameters: int) -> None:
    """Train an untimed epoch, which compiles, then one for each line of standard input.

    Args:
        epoch: trains all examples once and gives the mean training loss.
        parameters: trainable numbers of the model.
    """
    epoch()
    tell(parameters=parameters)
    for _ in sys.stdin:
        started = time.perf_counter()
        loss = epoch()
        tell(seconds=time.perf_counter() - started, loss=loss, peak=peak_memory())
