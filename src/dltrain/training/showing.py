"""What a model is shown of a batch: the stored examples, augmented and mixed, and their labels."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.augmentation import make_augment
from dltrain.data.dataset import Dataset
from dltrain.training.ahead import Fetched
from dltrain.training.mixed_labels import MixedLabels
from dltrain.training.resident import for_gpu
from dltrain.training.supply import Supply

Show = Callable[[Fetched, tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, Any]]


def make_show(
    experiment: ExperimentConfig,
    dataset: Dataset,
    supply: Supply,
    mix: Callable[..., Any] | None,
) -> Show:
    """The function that finds examples and changes them as the config asks.

    Args:
        experiment: for augmentation.
        dataset: what is trained on.
        supply: where its examples are found.
        mix: from `make_mix`; None where nothing is mixed.

    Returns:
        A function of the ``stored`` examples and labels, of ``rows`` (n,) in which they lie
        there, of ``indices`` (n,) of the same among all training examples, which with the
        ``epoch`` decide every draw. It gives the examples and their labels; with ``mix`` the
        first only went into the others, and the labels are `MixedLabels`.
    """
    augment = make_augment(
        experiment.data,
        experiment.seed,
        dataset.info,
        dataset.examples_of("train"),
        dataset.train,
    )
    if augment is not None and supply.on_gpu:
        augment = for_gpu(augment)

    def show(
        stored: Fetched, rows: tf.Tensor, indices: tf.Tensor, epoch: tf.Tensor
    ) -> tuple[tf.Tensor, Any]:
        inputs, labels = stored
        examples, truth = supply.inputs.gather(inputs, rows), supply.labels.gather(labels, rows)
        if augment is not None:
            examples = augment(examples, indices, epoch)
        if mix is not None:
            examples, weights = mix(examples, indices, epoch)
            truth = MixedLabels(truth[1:], truth[:-1], weights)
        return examples, truth

    return show
