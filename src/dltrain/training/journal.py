"""`events.jsonl`: one line per start, resume, signal or failure."""

import contextlib
from datetime import UTC, datetime
from typing import Any

from dltrain.devices.team import Team
from dltrain.runs.metrics_file import append_json_line
from dltrain.runs.run_dir import RunDir


def note(team: Team, run: RunDir, event: str, **facts: Any) -> None:
    """Add a line, if this worker is the chief; a disk that does not take it ends no training."""
    if not team.is_chief:
        return
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with contextlib.suppress(OSError):
        append_json_line(run.events, {"time": now, "event": event, **facts})
