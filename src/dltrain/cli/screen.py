"""What a person sees of a run: progress while it trains, a summary when it is done."""

import os
from typing import TextIO

from dltrain.cli.screen_follower import FollowerScreen
from dltrain.cli.screen_lines import LineScreen
from dltrain.cli.screen_live import LiveScreen
from dltrain.cli.screen_seeds import print_seeds
from dltrain.cli.screen_stream import QuietStream
from dltrain.cli.summary import print_summary
from dltrain.runs.cluster import ALONE, Cluster

__all__ = [
    "FollowerScreen",
    "LineScreen",
    "LiveScreen",
    "Screen",
    "make_screen",
    "print_seeds",
    "print_summary",
]

Screen = LiveScreen | LineScreen | FollowerScreen
"""A ``dltrain.training.observer.Observer`` to be used in a ``with`` statement."""


def make_screen(stream: TextIO, cluster: Cluster = ALONE) -> Screen:
    """A live view where a person watches, plain lines everywhere else; few where another shows all.

    Everything is written to ``stream`` itself, never to ``sys.stderr`` or a descriptor,
    so that the caller may send those elsewhere.
    """
    if not cluster.is_chief:
        return FollowerScreen(stream, cluster)
    is_simple = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    if is_simple or not QuietStream(stream).isatty():
        return LineScreen(stream)
    return LiveScreen(stream)
