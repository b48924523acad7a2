"""A trained model's classes are labels too; it itself is never changed, saved or needed again."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dltrain.checkpoints import store
from dltrain.checkpoints.find import find_checkpoint
from dltrain.checkpoints.teacher import Teacher
from dltrain.checkpoints.variables import to_arrays
from dltrain.config.load import load_text
from dltrain.config.tasks import resolve_task
from dltrain.data.dataset import Dataset
from dltrain.data.examples import Examples
from dltrain.dataset_info import DATASET_INFO
from dltrain.errors import UserError
from dltrain.evaluation.evaluate_checkpoint import evaluate_checkpoint
from dltrain.training import learner
from dltrain.training.distillation import make_lesson, refuse_other_teacher

WHOLE_BATCHES = {"limit": 96}  # three of them: nothing else is compiled
MID_EPOCH = 4


@dataclass
class School:
    """Trainings of one small student.

    Attributes:
        folder: where they lie.
        teacher: a checkpoint of a cnn.
        younger: one of the same cnn after its first epoch.
        train: the fixture.
        small: likewise.
    """

    folder: Path
    teacher: Path
    younger: Path
    train: Callable[..., Any]
    small: Callable[..., Any]

    def student(self, name: str, weight: float | None, *, stop_at: Any = None, **more: Any) -> Any:
        """Train, or go on; with no weight there is no teacher."""
        teacher = os.path.relpath(self.teacher)
        lesson = None if weight is None else {"teacher": teacher, "weight": weight}
        sections: dict[str, Any] = {
            "train": {"epochs": 2, "steps_per_call": 1, "distillation": lesson},
            "model": {"dropout": 0.0},
            "data": {**WHOLE_BATCHES, "augmentation": {"translate": 1}},
            "optimizer": {"epsilon": 1e-3},
            **more,
        }
        return self.train(self.folder / name, self.small("mlp", **sections), stop_at)


@pytest.fixture(scope="module")
def school(train: Callable[..., Any], small: Callable[..., Any], tmp_path_factory: Any) -> School:
    """A teacher after its second epoch."""
    folder = tmp_path_factory.mktemp("school")
    train(folder / "cnn", small("cnn", train={"epochs": 2}, data=WHOLE_BATCHES))
    checkpoints = folder / "cnn" / "checkpoints"
    copy = shutil.copytree(checkpoints / "step-00000006", folder / "teacher")
    return School(folder, Path(copy), checkpoints / "step-00000003", train, small)


@pytest.fixture(scope="module")
def lesson(school: School) -> tuple[Any, Any]:
    """A student that was never interrupted, and the model that has taught it."""
    built: list[Any] = []
    build = learner.build_teacher

    def remember(*arguments: Any) -> Any:
        built.append(build(*arguments))
        return built[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learner, "build_teacher", remember)
        student = school.student("taught", 0.5)
    return student, *built


@pytest.fixture(scope="module")
def taught(lesson: tuple[Any, Any]) -> Any:
    """That student alone."""
    return lesson[0]


def test_no_weight(school: School, taught: Any) -> None:
    """With weight 0 it is the training without a teacher, to the bit; with weight it is not."""
    alone, untaught = school.student("alone", None), school.student("untaught", 0.0)
    untaught.assert_same(alone)
    assert taught.lines()[0]["train"] != alone.lines()[0]["train"]


def test_resume(school: School, taught: Any) -> None:
    """Stopped in mid-epoch it goes on to the same bits, with the teacher it began with only."""
    assert school.student("stopped", 0.5, stop_at=MID_EPOCH).summary is None
    away = school.teacher.rename(school.folder / "away")
    with pytest.raises(UserError, match=r"train\.distillation\.teacher: .* does not exist"):
        school.student("stopped", 0.5)
    shutil.copytree(school.younger, school.teacher)
    with pytest.raises(UserError, match="teacher found now is not the teacher this run began with"):
        school.student("stopped", 0.5)
    shutil.rmtree(school.teacher)
    away.rename(school.teacher)
    resumed = school.student("stopped", 0.5)
    assert resumed.watcher.facts.resumed_step == MID_EPOCH
    resumed.assert_same(taught)


def test_replicas(school: School, taught: Any) -> None:
    """Two replicas learn from it what one device does."""
    several = school.student("several", 0.5, distribution={"replicas": 2})
    for line, expected in zip(several.lines(), taught.lines(), strict=True):
        for split in ("train", "validation"):
            assert line[split]["accuracy"] == expected[split]["accuracy"]
            assert line[split]["loss"] == pytest.approx(expected[split]["loss"], rel=1e-5)


def test_the_teacher_stays_outside(school: School, lesson: tuple[Any, Any]) -> None:
    """No variable of it changes, none is in a checkpoint, and nobody needs it to judge the student."""
    student, teacher = lesson
    arrays = store.load(school.teacher).arrays
    for key, array in to_arrays({"average": teacher.variables}).items():
        np.testing.assert_array_equal(array, arrays[key])
    found = find_checkpoint(student.path)
    keys = store.load(found.path).arrays
    assert {key.split("/")[0] for key in keys} == {"model", "average", "optimizer"}
    kernel = teacher.trainable_variables[0].shape  # of a convolution, and the student has none
    assert not any(array.shape == kernel for array in keys.values())
    away = school.teacher.rename(school.folder / "elsewhere")
    assert evaluate_checkpoint(found, None, school.folder, offline=True).matches_logged
    away.rename(school.teacher)


@pytest.mark.parametrize("name", ["digits", "breast_cancer"])
def test_lesson(tensorflow: None, name: str) -> None:  # noqa: ARG001 - prepared, not used
    """Its most probable class is a label of the given weight, which is not smoothed."""
    train = {"label_smoothing": 0.1, "distillation": {"teacher": "x", "weight": 0.25}}
    text = f"data: {{name: {name}}}\nmodel: {{name: mlp}}\n"
    settings = [f"train.{key}={value}" for key, value in train.items()]
    info = DATASET_INFO[name]
    experiment = resolve_task(load_text(text, "x.yaml", settings).experiment, info)
    none = np.arange(0)
    examples = Examples(np.zeros((2, 1)), np.zeros(2, np.int32))
    dataset = Dataset(info, {"train": examples}, none, none, none, "", ())
    logits = np.eye(2, info.num_outputs, dtype=np.float32) * 2.0 - 1.0  # class 0, then class 1 or 0
    modes: list[bool] = []

    def teacher(inputs: Any, *, training: bool) -> Any:
        modes.append(training)
        return inputs

    lesson = make_lesson(teacher, experiment, dataset)(logits if info.num_outputs > 1 else -logits)
    outputs = np.array([[0.5], [0.5]], np.float32) * np.eye(1, info.num_outputs, dtype=np.float32)
    losses = np.array([8.0, 4.0], np.float32)
    if info.num_outputs > 1:  # the first class has the logit one half, nine others none
        all_of_them = np.log(np.exp(0.5) + info.num_outputs - 1)
        own = all_of_them - np.array([0.5, 0.0])
    else:  # the teacher names the first class, and then the second
        own = np.log1p(np.exp([0.5, -0.5]))
    np.testing.assert_allclose(lesson(losses, outputs), 0.75 * losses + 0.25 * own, rtol=1e-6)
    assert modes == [False]


def test_other_features(school: School) -> None:
    """The sums of sounds cover features that another machine computes otherwise: that is only told."""
    checkpoint = store.load(school.teacher)
    known = replace(checkpoint, environment={**checkpoint.environment, "data": "same"})
    info = replace(checkpoint.info, modality="audio")
    alone: Any = SimpleNamespace(is_alone=True)
    for fingerprint, notices in (("same", 0), ("other", 1)):
        dataset: Any = SimpleNamespace(fingerprint=fingerprint, info=info)
        told = refuse_other_teacher(Teacher("step-1", "0f", known), dataset, alone, None)
        assert len(told) == notices


@pytest.mark.parametrize(
    ("fingerprint", "words", "said"),
    [("other", ("a",), "its data are not"), ("same", ("b",), "its words are not")],
)
def test_other_data(school: School, fingerprint: str, words: tuple[str, ...], said: str) -> None:
    """What was trained on other content, or counts words otherwise, is no teacher."""
    checkpoint = store.load(school.teacher)
    known = replace(
        checkpoint,
        environment={**checkpoint.environment, "data": "same"},
        info=replace(checkpoint.info, vocabulary=("a",)),
    )
    info = replace(checkpoint.info, vocabulary=words)
    dataset: Any = SimpleNamespace(fingerprint=fingerprint, info=info)
    alone: Any = SimpleNamespace(is_alone=True)
    with pytest.raises(UserError, match=said):
        refuse_other_teacher(Teacher("step-1", "0f", known), dataset, alone, None)
