"""Whether the files that carry a sum of their own, or that a checkpoint has one of, are as written."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from dltrain.checkpoints.verify_state import RunFiles, state_of
from dltrain.runs.checks import UNREADABLE, Report
from dltrain.runs.files import is_sealed
from dltrain.runs.reading import read_bytes


def verify_sums(files: RunFiles, report: Report) -> None:
    """Check `manifest.json`, `summary.json` and the lines of metrics that checkpoints count."""
    fine = "manifest, summary and metrics are as they were written"
    report.hold("sums", _edited(files), fine)


def _edited(files: RunFiles) -> Iterator[str]:
    for path in (files.run.manifest, files.run.summary):
        if path.exists() and _is_readable(path) and not is_sealed(json.loads(read_bytes(path))):
            yield f"{path.name} does not match its own sha256 sum"
    newest = next(reversed(files.checkpoints.values()), None)
    if newest is None or not files.run.metrics.exists():
        return
    state = state_of(newest)
    counted = read_bytes(files.run.metrics)[: state.metrics_length]
    if hashlib.sha256(counted).hexdigest() != state.metrics_sha256:
        yield f"metrics.jsonl is not what the checkpoint of step {newest.step} counts"


def _is_readable(path: Path) -> bool:
    """Whether it is a JSON object; if not, the check of its content has said so."""
    try:
        return isinstance(json.loads(read_bytes(path)), dict)
    except UNREADABLE:
        return False
