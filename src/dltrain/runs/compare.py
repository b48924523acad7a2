"""Runs side by side: in what they differ, what each reached, and what does not compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltrain.config.tasks import LOWER_IS_BETTER
from dltrain.runs.differing import differing_keys
from dltrain.runs.find import find_runs, short_names
from dltrain.runs.record import RunRecord, read_run

EXAMPLES = {
    "data.validation",
    "data.split_seed",
    "data.evaluation_limit",
    "data.synthetic",
    "data.test",
    *("data.x", "data.y"),
    *("data.shape", "data.classes", "data.examples", "data.test_examples"),
}
"""What decides on which examples a run is judged."""
NOT_THE_CONTENT = (
    *("data.batch_size", "data.limit", "data.drop_remainder", "data.augmentation"),
    "data.normalise",
)
PENALTIES = {"model.l1", "model.l2", "train.label_smoothing", "train.class_weights"}
"""What the training loss contains, and the loss of validation and test does not."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Runs side by side.

    Attributes:
        runs: in the order they were named.
        keys: config keys whose values differ, the most telling first.
        notes: one sentence for everything that would mislead.
        figure: the validation figure by which `best` was chosen; None where that is not fair.
        best: names of the finished runs that are best by it; several on a tie.
    """

    runs: tuple[RunRecord, ...]
    keys: tuple[str, ...]
    notes: tuple[str, ...]
    figure: str | None
    best: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values for one JSON document."""
        return {
            "runs": [self._run_as_json(run) for run in self.runs],
            "differing": list(self.keys),
            "notes": list(self.notes),
            "best": {"figure": self.figure, "runs": list(self.best)} if self.figure else None,
        }

    def _run_as_json(self, run: RunRecord) -> dict[str, Any]:
        return {
            "name": run.name,
            "path": run.path,
            "status": run.status,
            "config": {key: run.config[key] for key in self.keys if key in run.config},
            "epochs": run.num_epochs,
            "best": run.best,
            "train": {"best": run.train_at_best, "end": run.train_at_end},
            "validation": run.validation,
            "test": run.test,
            "seconds": run.seconds,
        }


def compare_runs(paths: Sequence[Path]) -> Comparison:
    """Read run directories, or those below folders, and put them side by side.

    Raises:
        UserError: a path holds no run, or a run directory is damaged.
    """
    found = find_runs(paths)
    names = short_names([run.path for run in found])
    runs = tuple(read_run(run, name) for run, name in zip(found, names, strict=True))
    keys = tuple(differing_keys([run.config for run in runs]))
    unfair = _unfair(runs, keys)
    figure, best = (None, ()) if unfair else _best(runs)
    if figure == "loss" and "train.loss" in keys:
        figure, best = None, ()
    notes = (*unfair, *_losses(keys), *_still_open(runs), *_learned_nothing(runs))
    return Comparison(runs=runs, keys=keys, notes=notes, figure=figure, best=best)


def _unfair(runs: Sequence[RunRecord], keys: Sequence[str]) -> tuple[str, ...]:
    """Why the runs were not judged on the same examples; empty if they were."""
    if "data.name" in keys:
        names = ", ".join(dict.fromkeys(str(run.config.get("data.name")) for run in runs))
        return (f"the runs are on different data ({names}): their figures do not compare",)
    if split := [key for key in keys if key in EXAMPLES]:
        return (
            f"the runs were judged on different examples ({', '.join(split)}): "
            "figures compare only roughly",
        )
    are_other_contents = any(
        key.startswith("data.") and not key.startswith(NOT_THE_CONTENT) for key in keys
    )
    if not are_other_contents and len({run.data_sha256 for run in runs} - {None}) > 1:
        name = runs[0].config.get("data.name")
        return (f"the {name} they were trained on was not the same: figures compare only roughly",)
    return ()


def _losses(keys: Sequence[str]) -> tuple[str, ...]:
    """What to know before losses are compared."""
    if "train.loss" in keys:
        return ("train.loss differs: the losses are not on one scale",)
    if differing := [key for key in keys if key in PENALTIES]:
        included = ", ".join(differing)
        return (f"the training loss includes {included}; validation and test loss do not",)
    return ()


def _still_open(runs: Sequence[RunRecord]) -> tuple[str, ...]:
    names = [run.name for run in runs if run.summary is None]
    if not names:
        return ()
    are = "are unfinished: their" if len(names) > 1 else "is unfinished: its"
    return (f"{', '.join(names)} {are} figures are those of the last epoch and validation",)


def _learned_nothing(runs: Sequence[RunRecord]) -> tuple[str, ...]:
    """Which runs a constant answer would have equalled, by their own summaries."""
    names = [
        run.name for run in runs if run.summary and run.summary.get("better_than_baseline") is False
    ]
    if not names:
        return ()
    are = "are" if len(names) > 1 else "is"
    return (f"{', '.join(names)} {are} no better than one answer given to every example",)


def _best(runs: Sequence[RunRecord]) -> tuple[str | None, tuple[str, ...]]:
    """The validation figure that chose the best epochs, and who is best by it.

    Nothing where the runs went by different figures, or there is no other to be better than.
    """
    values: dict[str, dict[str, float]] = {}
    for run in runs:
        figures = run.validation
        if run.status == "finished" and figures:
            is_loss = run.config.get("train.monitor") == "loss"
            figure = "loss" if is_loss else run.metric(figures) or "loss"
            values.setdefault(figure, {})[run.name] = figures[figure]
    if len(values) != 1:
        return None, ()
    figure, by_name = values.popitem()
    if len(by_name) == 1:
        return None, ()
    best = (min if figure in LOWER_IS_BETTER else max)(by_name.values())
    return figure, tuple(name for name, value in by_name.items() if value == best)
