"""A checkpoint is judged by what is in it, and compared with what was logged."""

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest

from dltrain.checkpoints.find import find_checkpoint
from dltrain.checkpoints.store import Checkpoint, save
from dltrain.checkpoints.variables import structure_of, to_arrays
from dltrain.cli.report import print_evaluation
from dltrain.config.load import load_text
from dltrain.config.schema import ViewsConfig
from dltrain.config.tasks import resolve_task
from dltrain.data.dataset import load_dataset
from dltrain.devices.environment import describe_environment
from dltrain.devices.setup import Threads
from dltrain.devices.strategy import make_strategy
from dltrain.errors import CheckpointError, UserError
from dltrain.evaluation.evaluate_checkpoint import Evaluation, evaluate_checkpoint
from dltrain.evaluation.figures import figures_of, measures_of
from dltrain.evaluation.predict import Predictor
from dltrain.models.build import build_model

TEXT = """
data: {name: digits, evaluation_limit: 50, validation: 100}
model: {name: mlp, hidden_units: [4], dropout: 0.5}
train: {precision: float32, jit: false, steps_per_call: 1}
distribution: {name: one_device, replicas: 1}
"""


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    """A checkpoint of an untrained model with its true validation figures."""
    experiment = load_text(TEXT, "x.yaml").experiment
    dataset = load_dataset(experiment.data, tmp_path)
    experiment = resolve_task(experiment, dataset.info)
    keras.utils.set_random_seed(0)
    model = build_model(experiment.model, dataset.info)
    predictor = Predictor(model, make_strategy(experiment.distribution))
    outputs = predictor.outputs(dataset.examples_of("validation"), dataset.validation)
    labels = dataset.examples_of("validation").labels[dataset.validation]
    figures = figures_of(outputs, labels, measures_of(experiment, dataset.info))
    environment = describe_environment(Threads.of_this_machine(), 1)
    return Checkpoint(
        step=3,
        experiment=experiment,
        info=dataset.info,
        arrays=to_arrays({"model": model.variables}),
        state={"best": None, "validation": figures.as_metrics()},
        structure=structure_of(model),
        environment={**environment, "data": dataset.fingerprint},
    )


def evaluate(folder: Path, checkpoint: Checkpoint, split: Any = "validation") -> Evaluation:
    """Save and judge a checkpoint."""
    return evaluate_checkpoint(
        find_checkpoint(save(folder, checkpoint)), split, folder, offline=True
    )


def logged(checkpoint: Checkpoint, **figures: float) -> Checkpoint:
    """The checkpoint with other logged figures."""
    validation = {**checkpoint.state["validation"], **figures}
    return replace(checkpoint, state={**checkpoint.state, "validation": validation})


def test_exact(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """On this machine the figures are those logged, to the last digit."""
    evaluation = evaluate(tmp_path, checkpoint)
    assert evaluation.figures.as_metrics() == checkpoint.state["validation"]
    assert (evaluation.matches_logged, evaluation.is_exact_expected) == (True, True)
    assert evaluation.notes == ()
    assert evaluation.checkpoint == "step-00000003"
    assert sum(map(sum, evaluation.confusion)) == 50
    assert [figures.name for figures in evaluation.classes] == [str(n) for n in range(10)]


def test_json(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """The document of `eval --json` has the keys other programs rely on."""
    document = json.loads(json.dumps(evaluate(tmp_path, checkpoint).as_json()))
    figures = checkpoint.state["validation"]
    assert {key: document[key] for key in list(document)[:6]} == {
        "checkpoint": "step-00000003",
        "split": "validation",
        "examples": 50,
        "metrics": figures,
        "logged": figures,
        "matches_logged": True,
    }


def test_averaged_views(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """Test-time augmentation stands beside the plain figures, which still match those logged."""
    views = ViewsConfig(shift=1)
    train = checkpoint.experiment.train.model_copy(update={"test_time_augmentation": views})
    experiment = checkpoint.experiment.model_copy(update={"train": train})
    evaluation = evaluate(tmp_path, replace(checkpoint, experiment=experiment))
    assert (evaluation.matches_logged, evaluation.is_exact_expected) == (True, True)
    assert evaluation.as_json()["metrics"] == evaluation.metrics
    assert list(evaluation.metrics) == ["loss", "accuracy", "accuracy_tta"]
    said = io.StringIO()
    print_evaluation(evaluation, said)
    assert f"accuracy_tta  {100 * evaluation.averaged['accuracy_tta']:.2f} %" in said.getvalue()


def test_last_digit(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """On this machine another last digit does not match."""
    loss = math.nextafter(checkpoint.state["validation"]["loss"], 100.0)
    assert evaluate(tmp_path, logged(checkpoint, loss=loss)).matches_logged is False


@pytest.mark.parametrize(("factor", "matches"), [(1 + 1e-6, True), (1 + 1e-4, False)])
def test_other_machine(
    tmp_path: Path, checkpoint: Checkpoint, factor: float, matches: bool
) -> None:
    """On another machine it matches within a tolerance, and the difference is said."""
    elsewhere = {**checkpoint.environment, "cpu": "another"}
    loss = checkpoint.state["validation"]["loss"] * factor
    other = replace(logged(checkpoint, loss=loss), environment=elsewhere)
    evaluation = evaluate(tmp_path, other)
    assert evaluation.matches_logged is matches
    assert evaluation.is_exact_expected is False
    (note,) = evaluation.notes
    assert note.startswith("evaluated with cpu ")
    assert note.endswith(" instead of another")


def test_other_data(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """Data that is not that of the training is said."""
    other = replace(checkpoint, environment={**checkpoint.environment, "data": "other"})
    notes = evaluate(tmp_path, other).notes
    assert notes == ("the data is not the data this checkpoint was trained on",)


@pytest.mark.parametrize("split", ["train", "test"])
def test_other_split(tmp_path: Path, checkpoint: Checkpoint, split: str) -> None:
    """Nothing was logged of the other splits, so nothing is compared."""
    evaluation = evaluate(tmp_path, checkpoint, split)
    assert (evaluation.logged, evaluation.matches_logged) == (None, None)
    assert evaluation.figures.examples == {"train": 1337, "test": 50}[split]


def test_between_validations(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """A checkpoint between validations has nothing to compare with."""
    between = replace(checkpoint, state={"best": None, "validation": None})
    assert evaluate(tmp_path, between).matches_logged is None


def test_not_a_number(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """A figure that was no number matches when it still is none."""
    arrays = {**checkpoint.arrays}
    last = max(key for key, array in arrays.items() if array.dtype == "float32")
    arrays[last] = arrays[last] * math.nan
    accuracy = evaluate(tmp_path, replace(checkpoint, arrays=arrays)).figures.metrics["accuracy"]
    broken = replace(logged(checkpoint, loss=math.nan, accuracy=accuracy), arrays=arrays)
    assert evaluate(tmp_path, broken).matches_logged is True


def test_no_validation(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """Then test is the split judged; asked for validation, an error tells what there is."""
    data = checkpoint.experiment.data.model_copy(update={"validation": 0})
    train = checkpoint.experiment.train.model_copy(update={"monitor": "auto"})
    experiment = checkpoint.experiment.model_copy(update={"data": data, "train": train})
    without = replace(checkpoint, experiment=experiment)
    assert evaluate(tmp_path / "default", without, None).split == "test"
    with pytest.raises(UserError) as raised:
        evaluate(tmp_path, without)
    assert str(raised.value) == (
        "this run has no validation examples, only 50 test and 1,437 train; "
        "take one of those with --split test."
    )


def test_no_test_set(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """Of a set without test and validation the training examples are judged; nothing is logged."""
    settings = TEXT.replace("{name: digits, evaluation_limit: 50, validation: 100}", "{name: xor}")
    experiment = load_text(settings, "x.yaml").experiment
    dataset = load_dataset(experiment.data, tmp_path)
    model = build_model(experiment.model, dataset.info)
    xor = replace(
        checkpoint,
        experiment=resolve_task(experiment, dataset.info),
        info=dataset.info,
        arrays=to_arrays({"model": model.variables}),
        structure=structure_of(model),
        state={"best": None, "validation": None},
    )
    evaluation = evaluate(tmp_path / "default", xor, None)
    assert (evaluation.split, evaluation.figures.examples) == ("train", 4)
    assert (evaluation.logged, evaluation.matches_logged) == (None, None)
    with pytest.raises(UserError, match="this run has no test examples, only 4 train; take"):
        evaluate(tmp_path, xor, "test")


def test_changed_builder(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """A model that is not the one of the training is not judged."""
    with pytest.raises(CheckpointError, match="the builder has changed since dltrain"):
        evaluate(tmp_path, replace(checkpoint, structure="another"))
