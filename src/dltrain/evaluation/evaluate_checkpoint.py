"""`dltrain eval`: a checkpoint's figures on a split, beside what was logged when it was written."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras

from dltrain.checkpoints.find import Found
from dltrain.checkpoints.store import Checkpoint, load
from dltrain.checkpoints.variables import assign, refuse_changed_builder, structure_of
from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset, Split, load_dataset
from dltrain.devices.environment import describe_environment, differing
from dltrain.devices.setup import Threads, prepare_tensorflow
from dltrain.devices.strategy import count_replicas, fitting, make_strategy, set_precision
from dltrain.errors import UserError
from dltrain.evaluation.figures import Figures, figures_of, measures_of
from dltrain.evaluation.metrics import predicted
from dltrain.evaluation.predict import Predictor
from dltrain.evaluation.report import ClassFigures, confusion, per_class
from dltrain.evaluation.views import figures_beside
from dltrain.models.build import build_model

TOLERANCE = 1e-5  # relative, for another machine or other package versions


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a checkpoint reaches on a split.

    Attributes:
        checkpoint: its path inside the run, or its directory name.
        split: which examples.
        figures: loss, metrics and number of examples.
        averaged: the metrics of test-time augmentation; empty where the config asks for none.
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
    averaged: dict[str, float]
    logged: dict[str, float] | None
    matches_logged: bool | None
    is_exact_expected: bool
    classes: list[ClassFigures]
    confusion: list[list[int]]
    notes: tuple[str, ...]

    @property
    def metrics(self) -> dict[str, float]:
        """Every figure of now by its name."""
        return {**self.figures.as_metrics(), **self.averaged}

    def as_json(self) -> dict[str, Any]:
        """The document of ``eval --json``."""
        return {
            "checkpoint": self.checkpoint,
            "split": self.split,
            "examples": self.figures.examples,
            "metrics": self.metrics,
            "logged": self.logged,
            "matches_logged": self.matches_logged,
            "classes": [asdict(figures) for figures in self.classes],
            "confusion": self.confusion,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Evaluator:
    """The data and the model of a run, ready to judge any of its checkpoints.

    Attributes:
        experiment: the resolved config.
        dataset: prepared as the checkpoints know it.
        predictor: computes its outputs.
        model: what a checkpoint's arrays go into.
        environment: versions, threads and device of this process.
        notes: why figures may not be those of the training to the last digit.
    """

    experiment: ExperimentConfig
    dataset: Dataset
    predictor: Predictor
    model: keras.Model
    environment: dict[str, Any]
    notes: tuple[str, ...]

    def evaluate(
        self, checkpoint: Checkpoint, name: str, split: Split, *, only_logged: bool = False
    ) -> Evaluation:
        """Judge a checkpoint of the same config and data.

        Args:
            checkpoint: what it holds.
            name: what to call it.
            split: which examples; there must be some.
            only_logged: leave out the figures that a training does not log.

        Raises:
            CheckpointError: its builder has changed.
        """
        self._assign(checkpoint)
        notes = (*self.notes, *self._differences(checkpoint))
        examples, indices = self.dataset.examples_of(split), self.dataset.indices_of(split)
        outputs = self.predictor.outputs(examples, indices)
        labels = examples.labels[indices]
        measures = measures_of(self.experiment, checkpoint.info)
        figures = figures_of(outputs, labels, measures)
        wanted = None if only_logged else self.experiment.train.test_time_augmentation
        averaged = figures_beside(wanted, self.predictor, examples, indices, outputs, measures)
        names = checkpoint.info.class_names
        logged = checkpoint.state.get("validation") if split == "validation" else None
        return Evaluation(
            checkpoint=name,
            split=split,
            figures=figures,
            averaged=averaged,
            logged=logged,
            matches_logged=_matches(figures, logged, is_exact=not notes),
            is_exact_expected=not notes,
            classes=per_class(labels, predicted(outputs), names) if names else [],
            confusion=confusion(labels, predicted(outputs), len(names)) if names else [],
            notes=(*notes, *self.dataset.notices),
        )

    def _assign(self, checkpoint: Checkpoint) -> None:
        written_by = checkpoint.environment["packages"].get("dltrain", "another version")
        refuse_changed_builder(structure_of(self.model), checkpoint.structure, written_by)
        role = "model" if self.experiment.train.ema is None else "average"
        assign(checkpoint.arrays, {role: self.model.variables}, written_by=written_by)

    def _differences(self, checkpoint: Checkpoint) -> Iterator[str]:
        changes = differing(self.environment, checkpoint.environment)
        if changes:
            yield f"evaluated with {'; '.join(changes)}"
        if self.dataset.fingerprint != checkpoint.environment["data"]:
            yield "the data is not the data this checkpoint was trained on"


def make_evaluator(checkpoint: Checkpoint, data_dir: Path, *, offline: bool) -> Evaluator:
    """Read the data and rebuild the model of the run that a checkpoint is of.

    Args:
        checkpoint: any of the run; its arrays are not used.
        data_dir: where prepared datasets lie.
        offline: forbid the network.

    Raises:
        DataError: the data is missing.
        UserError: the devices are not there.
    """
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
    set_precision(experiment.train.precision)
    strategy = make_strategy(distribution)
    with strategy.scope():
        model = build_model(experiment.model, checkpoint.info)
    workers = checkpoint.environment.get("workers", 1)  # what one computes, its replica here does
    environment = describe_environment(threads, count_replicas(distribution), workers)
    predictor = Predictor(model, strategy)
    return Evaluator(experiment, dataset, predictor, model, environment, notes)


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
    evaluator = make_evaluator(checkpoint, data_dir, offline=offline)
    return evaluator.evaluate(checkpoint, found.name, _split_of(evaluator.dataset, split))


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


def _matches(figures: Figures, logged: dict[str, float] | None, *, is_exact: bool) -> bool | None:
    if logged is None:
        return None
    tolerance = 0.0 if is_exact else TOLERANCE
    return all(
        name in logged
        and (
            math.isclose(value, logged[name], rel_tol=tolerance, abs_tol=0.0)
            or (math.isnan(value) and math.isnan(logged[name]))
        )
        for name, value in figures.as_metrics().items()
    )
