"""The losses as trained, against those on the host and by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dltrain.config.schema import ExperimentConfig
from dltrain.dataset_info import DATASET_INFO
from dltrain.evaluation.losses import losses_of

TASKS = {"multiclass": "digits", "binary": "breast_cancer", "regression": "diabetes"}
LOSSES = [
    *(
        (task, loss)
        for task in ("multiclass", "binary")
        for loss in ("cross_entropy", "squared_error", "half_squared_error")
    ),
    *(
        ("regression", loss)
        for loss in ("squared_error", "half_squared_error", "absolute_error", "huber")
    ),
]


@pytest.fixture(scope="module")
def make(tensorflow: None) -> Callable[..., Any]:  # noqa: ARG001 - prepared, not used
    """``make(task, labels, train)`` gives the loss and the score of a tiny set."""

    def build(task: str, labels: Any, **train: Any) -> Any:
        from dltrain.data.dataset import Dataset
        from dltrain.data.examples import Examples
        from dltrain.training.losses import make_loss, make_score

        name = TASKS[task]
        experiment = ExperimentConfig.model_validate(
            {"data": {"name": name}, "model": {"name": "mlp"}, "train": train}
        )
        examples = {"train": Examples(np.zeros(len(labels)), labels)}
        indices = np.arange(len(labels))
        dataset = Dataset(DATASET_INFO[name], examples, indices, indices[:0], indices[:0], "", ())
        return make_loss(experiment, dataset), make_score(dataset.info)

    return build


def outputs_and_labels(task: str) -> tuple[Any, Any]:
    """Forty random outputs of a task, float32, with labels."""
    random = np.random.RandomState(5)
    columns = 10 if task == "multiclass" else 1
    outputs = (3 * random.normal(size=(40, columns))).astype(np.float32)
    if task == "regression":
        return outputs, random.normal(size=40).astype(np.float32)
    return outputs, random.randint(0, max(2, columns), size=40).astype(np.int32)


@pytest.mark.parametrize(("task", "loss"), LOSSES)
def test_as_on_the_host(make: Callable[..., Any], task: str, loss: str) -> None:
    """Without smoothing and weights, training and validation mean the same loss."""
    outputs, labels = outputs_and_labels(task)
    loss_of, _ = make(task, labels, loss=loss)
    expected = losses_of(outputs.astype(np.float64), labels, task, loss)  # type: ignore[arg-type]
    assert loss_of(outputs, labels).numpy() == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(("task", "target"), [("multiclass", 0.91), ("binary", 0.95)])
def test_label_smoothing(make: Callable[..., Any], task: str, target: float) -> None:
    """With 0.1 of a label spread over all classes, the loss is least at the smoothed target."""
    import tensorflow as tf

    labels = np.array([1], np.int32)
    loss_of, _ = make(task, labels, loss="cross_entropy", label_smoothing=0.1)
    odds = np.log(target / (1 - target))
    best = np.full((1, 10), 0.0, np.float32) if task == "multiclass" else np.array([[odds]], "f4")
    if task == "multiclass":
        best[0, 1] = np.log(target / (0.09 / 9))
    with tf.GradientTape() as tape:
        logits = tf.Variable(best)
        loss = loss_of(logits, tf.constant(labels))
    assert np.abs(tape.gradient(loss, logits).numpy()).max() < 1e-6


def test_balanced_weights(make: Callable[..., Any]) -> None:
    """Balanced, each class that occurs weighs the same in sum, and the mean weight is one."""
    labels = np.array([1] * 30 + [0] * 10, np.int32)
    plain, _ = make("binary", labels, loss="cross_entropy")
    weighted, _ = make("binary", labels, loss="cross_entropy", class_weights="balanced")
    zeros = np.zeros((40, 1), np.float32)
    ratio = weighted(zeros, labels).numpy() / plain(zeros, labels).numpy()
    assert ratio[labels == 1].sum() == pytest.approx(20)
    assert ratio[labels == 0].sum() == pytest.approx(20)


def test_named_weights(make: Callable[..., Any]) -> None:
    """A class that is not named counts once."""
    labels = np.array([0, 1], np.int32)
    loss_of, _ = make("binary", labels, loss="cross_entropy", class_weights={"malignant": 3.0})
    losses = loss_of(np.zeros((2, 1), np.float32), labels).numpy()
    assert losses == pytest.approx([3 * np.log(2), np.log(2)])


@pytest.mark.parametrize(
    ("task", "outputs", "labels", "scores"),
    [
        ("multiclass", [[0.0, 1.0], [1.0, 0.0]], [1, 1], [1.0, 0.0]),
        ("binary", [[0.1], [-0.1], [0.0]], [1, 1, 0], [1.0, 0.0, 1.0]),
        ("regression", [[1.5], [2.0]], [1.0, 4.0], [0.5, 2.0]),
    ],
)
def test_score(
    make: Callable[..., Any], task: str, outputs: Any, labels: Any, scores: list[float]
) -> None:
    """One for a right answer; for regression the absolute error."""
    truth = np.array(labels, np.float32 if task == "regression" else np.int32)
    _, score_of = make(task, truth, loss="squared_error")
    assert score_of(np.array(outputs, np.float32), truth).numpy().tolist() == scores


def test_unused_classes() -> None:
    """Classes that never occur get a finite weight and change no other."""
    from dltrain.data.dataset import Dataset
    from dltrain.data.examples import Examples
    from dltrain.training.losses import class_weights

    info = replace(DATASET_INFO["digits"], class_names=("a", "b", "c"))
    labels = np.array([0, 0, 0, 2], np.int32)
    indices = np.arange(4)
    dataset = Dataset(
        info, {"train": Examples(labels, labels)}, indices, indices[:0], indices[:0], "", ()
    )
    weights = class_weights("balanced", dataset)
    assert weights[[0, 2]] == pytest.approx([4 / 6, 4 / 2])
    assert np.isfinite(weights).all()
