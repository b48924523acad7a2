"""The losses and scores of examples that are mixtures of two."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from dltrain.training.losses import LossFunction


class MixedLabels(NamedTuple):
    """The labels of mixed examples.

    Attributes:
        own: ``(batch,)`` label of each example.
        partners: ``(batch,)`` label of the example mixed into it.
        shares: ``(batch,)`` float32 from 0 to 1, the example's own part of the mixture.
    """

    own: tf.Tensor
    partners: tf.Tensor
    shares: tf.Tensor


MixedFunction = Callable[[tf.Tensor, MixedLabels], tf.Tensor]


def loss_of_mixtures(loss_of: LossFunction) -> MixedFunction:
    """The loss of mixed examples: that of either label, by its share of the mixture."""

    def mixed(outputs: tf.Tensor, labels: MixedLabels) -> tf.Tensor:
        own, partners = loss_of(outputs, labels.own), loss_of(outputs, labels.partners)
        return labels.shares * own + (1.0 - labels.shares) * partners

    return mixed


def score_of_mixtures(score_of: LossFunction) -> MixedFunction:
    """The score of mixed examples: that of the label of the larger share."""

    def mixed(outputs: tf.Tensor, labels: MixedLabels) -> tf.Tensor:
        heavier = tf.where(labels.shares >= 1.0 - labels.shares, labels.own, labels.partners)
        return score_of(outputs, heavier)

    return mixed
