"""Hard distillation: the most probable class of a trained model is a second label.

After Touvron et al. 2021 (arXiv:2012.12877), without the extra token of their transformer: one
output learns from both labels, so every family of models can be student and teacher.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from dltrain.checkpoints.teacher import KEY, Teacher
from dltrain.checkpoints.variables import assign, refuse_changed_builder, structure_of
from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.devices.strategy import set_precision
from dltrain.devices.team import Team
from dltrain.errors import UserError
from dltrain.models.build import build_model
from dltrain.training.losses import make_loss
from dltrain.training.sharing import insist_on_same

OTHER_FEATURES = (
    "its features are not those found now to the bit: another machine or version has computed "
    "them, or its recordings are others"
)
Lesson = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def refuse_other_teacher(
    teacher: Teacher | None, dataset: Dataset, team: Team, manifest: dict[str, Any] | None
) -> tuple[str, ...]:
    """Make sure that the teacher is that of the run, knows its data, and is the same for all workers.

    Args:
        teacher: what this worker has read; None where nothing is distilled.
        dataset: what it has read to train on.
        team: the workers; all of them ask.
        manifest: the run's, where the chief has found one.

    Returns:
        What a person should know. The sum over a set of sounds covers features that another
        processor or version of TensorFlow computes to other last bits, so there another sum is
        no proof of other recordings.

    Raises:
        UserError: it is another one.
    """
    if teacher is None:
        return ()
    is_same = teacher.checkpoint.environment["data"] == dataset.fingerprint
    knows_data = is_same or dataset.info.modality == "audio"
    knows_words = teacher.checkpoint.info.vocabulary == dataset.info.vocabulary
    if not knows_data or not knows_words:
        what = "words" if knows_data else "data"
        raise UserError(
            f"{KEY}: its {what} are not those of {dataset.info.name} found now.\n"
            "Name a teacher that was trained on this very data."
        )
    if manifest and manifest.get("teacher") != teacher.as_json():
        raise UserError(
            f"{KEY}: {teacher.name} found now is not the teacher this run began with.\n"
            "Put that one back, name its checkpoint, or start anew with --fresh."
        )
    if not team.is_alone:
        remedy = "Give every worker the same teacher."
        insist_on_same(team, "the teacher is", teacher.sha256, remedy)
    return () if is_same else (f"{KEY}: {OTHER_FEATURES}",)


def build_teacher(
    teacher: Teacher | None, experiment: ExperimentConfig, strategy: tf.distribute.Strategy
) -> keras.Model | None:
    """The model of a teacher with its judged weights, in the precision it was trained in.

    Args:
        teacher: what it is; None where nothing is distilled.
        experiment: of the student, whose precision is in force afterwards.
        strategy: decides where the weights live.

    Raises:
        CheckpointError: its builder has changed.
    """
    if teacher is None:
        return None
    checkpoint = teacher.checkpoint
    train, written_by = checkpoint.experiment.train, checkpoint.environment["packages"]
    version = written_by.get("dltrain", "another version")
    set_precision(train.precision)
    with strategy.scope():
        model = build_model(checkpoint.experiment.model, checkpoint.info)
    set_precision(experiment.train.precision)
    refuse_changed_builder(structure_of(model), checkpoint.structure, version)
    role = "model" if train.ema is None else "average"
    assign(checkpoint.arrays, {role: model.variables}, written_by=version)
    return model


def make_lesson(
    teacher: keras.Model | None, experiment: ExperimentConfig, dataset: Dataset
) -> Callable[[tf.Tensor], Lesson]:
    """What a teacher makes of the losses of a batch; nothing where there is none.

    Its class counts as a label does, class weights included, but is not smoothed.

    Args:
        teacher: gives logits of stored examples.
        experiment: a config whose ``train.loss`` is resolved.
        dataset: for the task, and for the frequencies of the classes.

    Returns:
        A function of the ``(batch, ...)`` inputs that the student sees, to be called outside of
        any gradient tape. It gives one from ``(batch,)`` losses and the student's ``(batch,
        outputs)`` outputs to the ``(batch,)`` losses with the teacher's part.
    """
    distillation = experiment.train.distillation
    if distillation is None:
        return lambda _: lambda losses, _: losses
    assert teacher is not None, "the teacher is built before the step"
    train = experiment.train.model_copy(update={"label_smoothing": 0.0})
    loss_of = make_loss(experiment.model_copy(update={"train": train}), dataset)
    part = distillation.weight

    def lesson_of(inputs: tf.Tensor) -> Lesson:
        logits = teacher(inputs, training=False)
        classes = _classes(logits)
        return lambda losses, outputs: (1.0 - part) * losses + part * loss_of(outputs, classes)

    return lesson_of


def _classes(logits: tf.Tensor) -> tf.Tensor:
    """The most probable class of every example, ``(batch,)``."""
    if logits.shape[1] == 1:
        return tf.cast(logits[:, 0] > 0.0, tf.int64)
    return tf.argmax(logits, axis=1)
