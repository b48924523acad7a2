"""The end of a run: its final weights are judged, exported and summed up."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from dltrain.checkpoints import store
from dltrain.checkpoints.variables import assign
from dltrain.data.dataset import Split
from dltrain.errors import DivergedError
from dltrain.evaluation.baseline import compare
from dltrain.evaluation.figures import Figures, figures_of, measures_of
from dltrain.evaluation.formula import formula_of
from dltrain.evaluation.predict import Predictor
from dltrain.evaluation.predictions import MOST_EXAMPLES, predictions_of
from dltrain.evaluation.views import figures_beside
from dltrain.runs.files import sha256_of
from dltrain.training.export import export_model
from dltrain.training.loop import Interrupted, Loop

Outputs = np.ndarray[Any, Any]


def finish(loop: Loop) -> dict[str, Any]:
    """Go back to the checkpoint that validation chose, judge it, export it, sum up.

    It is judged on the test set, where there is none on validation, and where nothing is held
    out on the training examples themselves.

    Returns:
        The content of ``summary.json``; less than that on a worker that is not the chief, which
        writes it.

    Raises:
        Interrupted: a signal came.
        DivergedError: its loss is not finite.
    """
    split, chosen = _judged_split(loop), _chosen_checkpoint(loop)
    is_test = split == "test"
    loop.observer.on_phase(f"testing {chosen.name}" if is_test else f"measuring on {split}")
    _go_back_to(chosen, loop)
    predictor = Predictor(loop.learner.judged, loop.learner.strategy)
    outputs = _outputs(loop, split, predictor)
    figures = _figures(loop, split, outputs)
    averaged = _averaged(loop, split, predictor, outputs)
    if not loop.team.is_chief:
        return outcome(loop, "finished")
    loop.observer.on_phase("writing model.keras")
    export_model(loop.run.model, loop.experiment, loop.dataset.info, loop.learner.judged)
    summary = outcome(loop, "finished")
    summary["tested"] = f"checkpoints/{chosen.name}" if is_test else None
    summary["model"] = _exported(loop.run.model)
    if split != "validation":  # whose figures are those logged with the checkpoint
        summary[split] = {**figures.as_metrics(), **averaged, "examples": figures.examples}
    return {
        **summary,
        **_beside_the_baseline(loop, split, outputs),
        **_learned(loop, split, outputs),
    }


def outcome(loop: Loop, status: str) -> dict[str, Any]:
    """What can be said of a run however it has ended."""
    state = loop.state
    best = state.best
    return {
        "status": status,
        "stopped": state.stopped,
        "epochs": state.epoch,
        "steps": state.step,
        "rollbacks": state.rollbacks,
        "best": best and {"epoch": best.epoch, "step": best.step, "checkpoint": best.checkpoint},
        "validation": best.validation if best else None,
        "test": None,
        "train": None,
        "seconds": round(state.seconds, 3),
        "parameters": loop.learner.model.count_params(),
    }


def _exported(model: Path) -> dict[str, Any]:
    """What tells the exported model from any other, for `dltrain verify`."""
    return {"file": model.name, "sha256": sha256_of(model), "bytes": model.stat().st_size}


def _judged_split(loop: Loop) -> Split:
    if len(loop.dataset.test):
        return "test"
    return "validation" if len(loop.dataset.validation) else "train"


def _chosen_checkpoint(loop: Loop) -> Path:
    """The best by validation; the last when nothing was validated."""
    if loop.state.best is not None:
        return loop.run.path / loop.state.best.checkpoint
    return loop.run.checkpoints / store.name_of(loop.state.step)


def _go_back_to(chosen: Path, loop: Loop) -> None:
    role = "average" if loop.learner.average is not None else "model"
    checkpoint = loop.shared(store.load(chosen) if loop.team.is_chief else None)
    assert checkpoint is not None, "the chief has just read it"
    variables = {role: loop.learner.judged.variables}
    assign(checkpoint.arrays, variables, written_by="this version")


def _outputs(loop: Loop, split: Split, predictor: Predictor) -> Outputs:
    examples, indices = loop.dataset.examples_of(split), loop.dataset.indices_of(split)
    try:
        return predictor.outputs(examples, indices, loop.asked_to_stop)
    except InterruptedError:
        raise Interrupted from None


def _averaged(loop: Loop, split: Split, predictor: Predictor, outputs: Outputs) -> dict[str, float]:
    """The figures of test-time augmentation; none of validation, which is summed up as logged."""
    config = loop.experiment.train.test_time_augmentation
    measures = measures_of(loop.experiment, loop.dataset.info)
    examples, indices = loop.dataset.examples_of(split), loop.dataset.indices_of(split)
    wanted = None if split == "validation" else config
    try:
        return figures_beside(
            wanted, predictor, examples, indices, outputs, measures, loop.asked_to_stop
        )
    except InterruptedError:
        raise Interrupted from None


def _labels(loop: Loop, split: Split) -> Outputs:
    return loop.dataset.examples_of(split).labels[loop.dataset.indices_of(split)]


def _figures(loop: Loop, split: Split, outputs: Outputs) -> Figures:
    measures = measures_of(loop.experiment, loop.dataset.info)
    figures = figures_of(outputs, _labels(loop, split), measures)
    if not math.isfinite(figures.loss):
        raise DivergedError(
            f"the {split} loss is {figures.loss}: the weights are finite but far too large.\n"
            "Lower optimizer.learning_rate, or let validation choose a checkpoint."
        )
    return figures


def _beside_the_baseline(loop: Loop, split: Split, outputs: Outputs) -> dict[str, Any]:
    """What ignoring the input gives; being better proves nothing on examples that had a say."""
    info, measures = loop.dataset.info, measures_of(loop.experiment, loop.dataset.info)
    found = compare(outputs, _labels(loop, split), info, measures)
    is_fair = split == "test"
    return {
        "baseline": {"split": split, "answer": found.answer, **found.figures.as_metrics()},
        "better_than_baseline": found.is_beaten if is_fair else None,
        "smaller_loss_than_baseline": found.has_larger_loss if is_fair else None,
    }


def _learned(loop: Loop, split: Split, outputs: Outputs) -> dict[str, Any]:
    """The formula of a small linear model, and every prediction of a small set."""
    info, dataset = loop.dataset.info, loop.dataset
    is_small = split == "train" and len(dataset.train) <= MOST_EXAMPLES
    examples = dataset.examples_of("train")
    return {
        "formula": formula_of(loop.learner.judged, loop.experiment.model, info),
        "predictions": predictions_of(examples, dataset.train, outputs, info) if is_small else None,
    }
