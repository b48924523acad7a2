"""`dltrain eval`: a checkpoint's figures on a split, beside what was logged when it was written."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dltrain.checkpoints.find import Found
from dltrain.checkpoints.store import Checkpoint, load
from dltrain.checkpoints.variables import assign, refuse_changed_builder
from dltrain.config.schema import DistributionConfig
from dltrain.data.dataset import Dataset, Split, load_dataset
from dltrain.devices.environment import describe_environment, differing
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.strategy import count_replicas, fitting, make_strategy, set_precision
from dltrain.errors import UserError
from dltrain.evaluation.figures import Figures, figures_of, measures_of
from dltrain.evaluation.metrics import predicted
from dltrain.evaluation.predict import Predictor
from dltrain.evaluation.report import ClassFigures, confusion, per_class
from dltrain.models.build import build_model

TOLERANCE = 1e-5  # relative, for another machine or other package versions


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a checkpoint reaches on a split.

    Attributes:
        checkpoint: its path inside the run, or its directory name.
        split: which examples.
        figures: loss, metrics and number of examples.
        logged: the figures logged when it was written; None where there are none.
        matches_logged: whether the two agree; None where nothing was logged.
        is_exact_expected: whether this is the machine and the versions of the training, so
            that agreement means equality to the last digit.
        classes: figures of every class; empty for regression.
        confusion: counts by true class and predicted class; empty for regression.
        notes: what a person should know, e.g. that the data is not the data of the training.
    """

    checkpoint: str
    split: Split
    figures: Figures
    logged: dict[str, float] | None
    matches_logged: bool | None
    is_exact_expected: bool
    classes: list[ClassFigures]
    confusion: list[list[int]]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The document of ``eval --json``."""
        return {
            "checkpoint": self.checkpoint,
            "split": self.split,
            "examples": self.figures.examples,
            "metrics": self.figures.as_metrics(),
            "logged": self.logged,
            "matches_logged": self.matches_logged,
            "classes": [asdict(figures) for figures in self.classes],
            "confusion": self.confusion,
            "notes": list(self.notes),
        }


def evaluate_checkpoint(
    found: Found, split: Split | None, data_dir: Path, *, offline: bool
) -> Evaluation:
    """Rebuild a checkpoint's model from its config and judge it.

    Args:
        found: which checkpoint.
        split: which examples; None for validation, or test where there is none, or train
            where there is neither.
        data_dir: where prepared datasets lie.
        offline: forbid the network.

    Raises:
        CheckpointError: it is damaged, or its builder has changed.
        DataError: the data is missing.
        UserError: the split holds no examples.
    """
    checkpoint = load(found.path)
    experiment = checkpoint.experiment
    threads = Threads(**checkpoint.environment["threads"])
    distribution = fitting(experiment.distribution)
    notes = prepare_tensorflow(
        seed=experiment.seed,
        deterministic=experiment.train.deterministic,
        threads=threads,
        distribution=distribution,
    )
    dataset = load_dataset(experiment.data, data_dir, offline=offline, trained_with=checkpoint.info)
    environment = describe_environment(threads, count_replicas(distribution))
    changes = differing(environment, checkpoint.environment)
    if changes:
        notes = (*notes, f"evaluated with {'; '.join(changes)}")
    if dataset.fingerprint != checkpoint.environment["data"]:
        notes = (*notes, "the data is not the data this checkpoint was trained on")
    split = _split_of(dataset, split)
    examples, indices = dataset.examples_of(split), dataset.indices_of(split)
    predictor = _predictor(checkpoint, distribution)
    outputs, labels = predictor.outputs(examples, indices), examples.labels[indices]
    figures = figures_of(outputs, labels, measures_of(experiment, checkpoint.info))
    names = checkpoint.info.class_names
    logged = checkpoint.state["validation"] if split == "validation" else None
    return Evaluation(
        checkpoint=found.name,
        split=split,
        figures=figures,
        logged=logged,
        matches_logged=_matches(figures, logged, is_exact=not notes),
        is_exact_expected=not notes,
        classes=per_class(labels, predicted(outputs), names) if names else [],
        confusion=confusion(labels, predicted(outputs), len(names)) if names else [],
        notes=(*notes, *dataset.notices),
    )


def _split_of(dataset: Dataset, wanted: Split | None) -> Split:
    """The split asked for, or the first there is.

    Raises:
        UserError: it holds no examples.
    """
    splits: tuple[Split, ...] = ("validation", "test", "train")
    there = [split for split in splits if len(dataset.indices_of(split))]
    if wanted is None:
        return there[0]
    if wanted not in there:
        counts = [f"{len(dataset.indices_of(split)):,} {split}" for split in there]
        raise UserError(
            f"this run has no {wanted} examples, only {' and '.join(counts)}; "
            f"take one of those with --split {there[0]}."
        )
    return wanted


def _predictor(checkpoint: Checkpoint, distribution: DistributionConfig) -> Predictor:
    set_precision(checkpoint.experiment.train.precision)
    strategy = make_strategy(distribution)
    written_by = checkpoint.environment["packages"]["dltrain"]
    with strategy.scope():
        model = build_model(checkpoint.experiment.model, checkpoint.info)
        refuse_changed_builder(model, checkpoint.structure, written_by)
        role = "model" if checkpoint.experiment.train.ema is None else "average"
        assign(checkpoint.arrays, {role: model.variables}, written_by=written_by)
    return Predictor(model, strategy)


def _matches(figures: Figures, logged: dict[str, float] | None, *, is_exact: bool) -> bool | None:
    if logged is None:
        return None
    tolerance = 0.0 if is_exact else TOLERANCE
    return all(
        math.isclose(value, logged[name], rel_tol=tolerance, abs_tol=0.0)
        or (math.isnan(value) and math.isnan(logged[name]))
        for name, value in figures.as_metrics().items()
    )
