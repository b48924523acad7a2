"""``dltrain launch --hosts``: what to type on which machine."""

import shlex
from collections.abc import Sequence

from dltrain.cli.screen_text import plain

NEEDS = """\
Type one command on each machine, in any order; they wait for each other.
Each machine needs the same dltrain, this config and its data at the same paths, and has to reach
the others at the ports named. Worker 0 writes the run directory; the others only need one to
put their logs in."""


def commands_on(addresses: Sequence[str], arguments: list[str]) -> str:
    """What to type on each host, shell-quoted, below its name.

    Args:
        addresses: ``host:port`` of each worker, worker 0 first.
        arguments: of `dltrain run`, for every worker.
    """
    lines = [NEEDS]
    for index, address in enumerate(addresses):
        cluster = ["--workers", ",".join(addresses), "--worker", str(index)]
        host = address.rpartition(":")[0]
        lines += [
            "",
            f"# on {plain(host)}",
            plain(shlex.join(["dltrain", "run", *arguments, *cluster])),
        ]
    return "\n".join(lines)
