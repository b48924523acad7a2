"""The losses of the training step, per example, with label smoothing and class weights."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.dataset_info import DatasetInfo

LossFunction = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def make_loss(experiment: ExperimentConfig, dataset: Dataset) -> LossFunction:
    """The loss as trained: from ``(batch, outputs)`` outputs and ``(batch,)`` labels to ``(batch,)``.

    Args:
        experiment: a config whose ``train.loss`` is resolved.
        dataset: for the task, and for the frequencies of the classes.
    """
    train, info = experiment.train, dataset.info
    plain = _plain_loss(train.loss, info, train.label_smoothing)
    if train.class_weights is None:
        return plain
    weights = tf.constant(class_weights(train.class_weights, dataset), tf.float32)
    return lambda outputs, labels: plain(outputs, labels) * tf.gather(weights, labels)


def loss_unit(name: str, info: DatasetInfo) -> float:
    """The loss of an error of one deviation of the number to predict; 1 for classes.

    Gradients are taken of the loss in this unit. Where the model works with normalised
    numbers a learning rate then means the same whatever they are counted in; without it
    gradient descent on numbers in the hundreds would need a rate a ten-thousandth as large.
    """
    if info.task != "regression":
        return 1.0
    deviation = info.target_standard_deviation
    return deviation**2 if name.endswith("squared_error") else deviation


def make_score(info: DatasetInfo) -> LossFunction:
    """What training counts beside the loss, ``(batch,)``: 1 for a right answer, or the absolute error."""
    if info.task == "regression":
        return lambda outputs, labels: tf.abs(outputs[:, 0] - labels)

    def is_right(outputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        if info.task == "binary":
            predicted = tf.cast(outputs[:, 0] > 0.0, labels.dtype)
        else:
            predicted = tf.cast(tf.argmax(outputs, axis=1), labels.dtype)
        return tf.cast(tf.equal(predicted, labels), tf.float32)

    return is_right


def class_weights(wanted: str | dict[str, float], dataset: Dataset) -> np.ndarray[Any, Any]:
    """One factor per class, ``(classes,)``: as the config names them, or balanced.

    Balanced factors are examples / (classes that occur * examples of the class), so that every
    class weighs the same in sum and the mean factor is one.
    """
    names = dataset.info.class_names
    if isinstance(wanted, dict):
        return np.array([wanted.get(name, 1.0) for name in names])
    labels = dataset.examples_of("train").labels[dataset.train]
    counts = np.bincount(labels, minlength=len(names))
    return len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))


def _plain_loss(name: str, info: DatasetInfo, smoothing: float) -> LossFunction:
    if name == "half_squared_error":
        whole = _plain_loss("squared_error", info, smoothing)
        return lambda outputs, labels: 0.5 * whole(outputs, labels)
    if info.task == "regression":
        of_errors = ERROR_LOSSES[name]
        return lambda outputs, labels: of_errors(outputs[:, 0] - labels)
    if info.task == "binary":
        return lambda outputs, labels: _binary(name, outputs[:, 0], labels, smoothing)
    return lambda outputs, labels: _multiclass(name, outputs, labels, smoothing)


def _huber(errors: tf.Tensor) -> tf.Tensor:
    size = tf.abs(errors)
    return tf.where(size < 1.0, 0.5 * size**2, size - 0.5)


ERROR_LOSSES: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "squared_error": tf.square,
    "absolute_error": tf.abs,
    "huber": _huber,
}


def _binary(name: str, logits: tf.Tensor, labels: tf.Tensor, smoothing: float) -> tf.Tensor:
    targets = tf.cast(labels, tf.float32) * (1.0 - smoothing) + smoothing / 2
    if name == "cross_entropy":
        return tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
    return tf.square(tf.sigmoid(logits) - targets)


def _multiclass(name: str, logits: tf.Tensor, labels: tf.Tensor, smoothing: float) -> tf.Tensor:
    classes = logits.shape[1]
    targets = tf.one_hot(labels, classes) * (1.0 - smoothing) + smoothing / classes
    if name == "cross_entropy":
        return tf.nn.softmax_cross_entropy_with_logits(targets, logits)
    return tf.reduce_sum(tf.square(tf.nn.softmax(logits) - targets), axis=1)
