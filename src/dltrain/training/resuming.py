"""Going on from a run's newest checkpoint, and what a resume elsewhere still promises."""

from typing import Any

from dltrain.checkpoints.variables import refuse_changed_builder
from dltrain.devices.environment import SHAPE, differing
from dltrain.training.journal import note
from dltrain.training.loop import Loop

ROUNDING = "1e-5"  # relative, of a loss; see docs/distributed.md


def restore_newest(loop: Loop, environment: dict[str, Any]) -> int | None:
    """Go back to the newest good checkpoint; returns its step, or None if there is none.

    Args:
        loop: of a run that has begun before.
        environment: versions, threads and devices of now.

    Raises:
        CheckpointError: it was written by a dltrain that builds another model.
    """
    checkpoint = loop.shared(loop.saver.newest())
    if checkpoint is None:
        note(loop.team, loop.run, "restarted")
        return None
    written_by = checkpoint.environment["packages"].get("dltrain", "another version")
    refuse_changed_builder(loop.learner.structure, checkpoint.structure, written_by)
    loop.restore(checkpoint)
    changes = differing(environment, checkpoint.environment)
    if changes and loop.team.is_chief:
        what_ends = _what_ends(loop, environment, checkpoint.environment)
        loop.observer.on_notice(f"resumed with {'; '.join(changes)}: {what_ends}")
    note(loop.team, loop.run, "resumed", step=checkpoint.step, changes=changes)
    return checkpoint.step


def _what_ends(loop: Loop, now: dict[str, Any], before: dict[str, Any]) -> str:
    """What a resume under other conditions still promises."""
    is_other_shape = any(now[key] != before.get(key, 1) for key in SHAPE)
    if not is_other_shape:
        return "bit-equality ends here"
    if loop.learner.random_states:
        return "bit-equality ends here, and random layers draw other masks"
    return f"bit-equality becomes {ROUNDING} from here"
