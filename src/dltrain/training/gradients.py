"""The gradients of one batch, summed over the parts it is computed in and over the replicas.

Each replica returns the gradient of its share of a part, as a share of the global loss, so that
the sum is the gradient of the whole batch however it was divided.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.augmentation import examples_before, make_mix
from dltrain.data.dataset import Dataset
from dltrain.training.ahead import Fetched
from dltrain.training.distillation import make_lesson
from dltrain.training.learner import Learner
from dltrain.training.losses import loss_unit, make_loss, make_score
from dltrain.training.mixed_labels import loss_of_mixtures, score_of_mixtures
from dltrain.training.shares import part_size, share_of
from dltrain.training.showing import make_show
from dltrain.training.supply import Supply


@dataclass(frozen=True)
class Batch:
    """A batch as one of its shares has to know it.

    Attributes:
        examples: how many it has.
        size: how many each of its parts has, which are computed one after the other; the last
            may have fewer.
        before: how many examples stand before each share only to be mixed into it.
    """

    examples: int
    size: int
    before: int

    @property
    def parts(self) -> int:
        """In how many parts it is computed."""
        return math.ceil(self.examples / self.size)


def make_batch_gradients(
    learner: Learner, experiment: ExperimentConfig, dataset: Dataset, supply: Supply
) -> Callable[..., list[tf.Tensor]]:
    """The function that gives the gradients of one batch; to be called inside a compiled step.

    Where `train.accumulation` asks for parts, they are computed one after the other, and only
    one part's activations are in memory at a time. The parts of a ragged last batch are
    smaller. Batch normalisation normalises each part by itself and moves its averages once a part,
    and random layers draw a mask for each; everything else is, but for rounding, what the whole
    batch gives at once.

    Args:
        learner: whose gradients.
        experiment: for augmentation, loss and accumulation.
        dataset: what it trains on.
        supply: where its examples are found.

    Returns:
        A function of ``indices`` (batch,) int32 into the examples, ``step``, ``epoch``, and where
        each call brings its examples of these (see `Streamed.fetch`) and ``k``, the step within the
        call. It gives the gradient of each trainable variable, the sum of the examples' losses
        with the penalty, and the sum of their scores.
    """
    of_part = PartGradients(learner, experiment, dataset, supply)

    def of_batch(
        indices: tf.Tensor,
        step: tf.Tensor,
        epoch: tf.Tensor,
        fetched: Fetched = (),
        k: tf.Tensor | int = 0,
    ) -> list[tf.Tensor]:
        examples = indices.shape[0]
        size = part_size(examples, experiment.train.accumulation)
        batch = Batch(examples, size, examples_before(experiment.data))
        if batch.before:
            indices = tf.concat([indices[-batch.before :], indices], axis=0)
        rest = (batch, step, epoch, fetched or supply.stored, k)
        if batch.parts == 1:
            return of_part(indices, tf.constant(0), *rest)
        return _summed(of_part, indices, *rest)

    return of_batch


def _summed(
    of_part: "PartGradients", indices: tf.Tensor, batch: Batch, *rest: Any
) -> list[tf.Tensor]:
    """The sums over a batch's parts, one computed after the other."""

    def add_part(part: tf.Tensor, sums: list[tf.Tensor]) -> Any:
        length = batch.size + batch.before  # a shape that is known
        chosen = tf.slice(indices, [part * batch.size], [length])
        figures = of_part(chosen, part, batch, *rest)
        return part + 1, [old + new for old, new in zip(sums, figures, strict=True)]

    whole = batch.examples // batch.size
    _, sums = tf.while_loop(
        lambda part, _: part < whole,
        add_part,
        (tf.constant(0), [tf.zeros(shape) for shape in of_part.shapes]),
        parallel_iterations=1,
    )
    if batch.examples % batch.size:
        last = of_part(indices[whole * batch.size :], tf.constant(whole), batch, *rest)
        sums = [old + new for old, new in zip(sums, last, strict=True)]
    return sums


class PartGradients:
    """The gradients of one part of a batch, summed over the replicas.

    Attributes:
        shapes: of the figures it gives.
    """

    def __init__(
        self, learner: Learner, experiment: ExperimentConfig, dataset: Dataset, supply: Supply
    ) -> None:
        self._strategy = learner.strategy
        self._of_replica = _make_replica_gradients(learner, experiment, dataset, supply)
        if self._strategy.num_replicas_in_sync > 1:
            self._of_replica = _packed(self._of_replica)
        self.shapes = [variable.shape for variable in learner.model.trainable_variables]
        self.shapes += [tf.TensorShape(()), tf.TensorShape(())]

    def __call__(self, indices: tf.Tensor, part: tf.Tensor, *rest: Any) -> list[tf.Tensor]:
        """The figures of a part; see `make_batch_gradients` and `_make_replica_gradients`."""
        figures = self._strategy.run(self._of_replica, args=(indices, part, *rest))
        if self._strategy.num_replicas_in_sync == 1:
            return list(figures)
        return _unpacked(self._strategy.reduce("SUM", figures, axis=None), self.shapes)


def _packed(gradients: Callable[..., Any]) -> Callable[..., tf.Tensor]:
    """One long vector of all figures: one sum over the replicas costs less than one for each."""

    def packed(*args: Any) -> tf.Tensor:
        return tf.concat([tf.reshape(figure, [-1]) for figure in gradients(*args)], axis=0)

    return packed


def _unpacked(vector: tf.Tensor, shapes: list[tf.TensorShape]) -> list[tf.Tensor]:
    pieces = tf.split(vector, [shape.num_elements() for shape in shapes])
    return [tf.reshape(piece, shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _make_replica_gradients(
    learner: Learner, experiment: ExperimentConfig, dataset: Dataset, supply: Supply
) -> Callable[..., Any]:
    model, scale = learner.model, learner.loss_scale
    replicas = learner.strategy.num_replicas_in_sync
    is_mean = experiment.train.reduction == "mean"
    unit = loss_unit(experiment.train.loss, dataset.info)
    mix = make_mix(experiment.data, experiment.seed, dataset.info)
    show = make_show(experiment, dataset, supply, mix)
    loss_of, score_of = _make_judges(experiment, dataset, is_mixed=mix is not None)
    lesson_of = make_lesson(learner.teacher, experiment, dataset)

    def replica_gradients(
        indices: tf.Tensor,
        part: tf.Tensor,
        batch: Batch,
        step: tf.Tensor,
        epoch: tf.Tensor,
        stored: Fetched,
        k: tf.Tensor,
    ) -> Any:
        """The gradient of this replica's share of the global loss, and its figures."""
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        _seed_random_layers(learner, replica + replicas * part, step)
        share, repeats = _share(indices, batch.before, replica, replicas)
        rows, _ = _share(_rows(indices, part, batch, stored, k), batch.before, replica, replicas)
        examples, truth = show(stored[:2], rows, share, epoch)
        divisor = float(batch.examples) if is_mean else 1.0
        lesson = lesson_of(examples)
        with tf.GradientTape() as tape:
            outputs = model(examples, training=True)
            losses = lesson(loss_of(outputs, truth), outputs)
            shares = replicas * batch.parts
            penalty = tf.add_n(model.losses) / shares if model.losses else 0.0
            loss = tf.reduce_sum(losses) / (divisor * repeats * unit) + penalty
            scaled = loss if scale is None else loss * scale.scale
        gradients = tape.gradient(scaled, [v.value for v in model.trainable_variables])
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]  # embeddings' are not
        score = tf.reduce_sum(score_of(outputs, truth))
        if repeats > 1:
            score = tf.where(replica == 0, score, 0.0)
        return *dense, tf.reduce_sum(losses) / repeats + penalty * (divisor * unit), score

    return replica_gradients


def _make_judges(
    experiment: ExperimentConfig, dataset: Dataset, *, is_mixed: bool
) -> tuple[Callable[..., tf.Tensor], Callable[..., tf.Tensor]]:
    """Loss and score of each example, or of each mixture of two."""
    loss_of, score_of = make_loss(experiment, dataset), make_score(dataset.info)
    if is_mixed:
        return loss_of_mixtures(loss_of), score_of_mixtures(score_of)
    return loss_of, score_of


def _rows(
    indices: tf.Tensor, part: tf.Tensor, batch: Batch, stored: Fetched, k: tf.Tensor
) -> tf.Tensor:
    """Where a part's examples lie in what is stored.

    Of all examples these are their indices; what was fetched for this call says it itself.
    """
    _, _, *rows = stored
    if not rows:
        return indices
    return tf.slice(rows[0], [k, part * batch.size], [1, indices.shape[0]])[0]


def _share(of_part: tf.Tensor, before: int, replica: Any, replicas: int) -> tuple[tf.Tensor, int]:
    """A replica's of a part's indices or rows, and how many replicas compute each of them."""
    start, stop, repeats = share_of(of_part.shape[0] - before, replica, replicas)
    return of_part[start : stop + before], repeats


def _seed_random_layers(learner: Learner, share: Any, step: tf.Tensor) -> None:
    """Make every random mask a function of (seed, layer, replica and part, step).

    So a resumed run draws what the uninterrupted one would have drawn, and no two
    replicas or parts share a mask. A layer used several times in a step counts on from there.
    """
    draw = tf.bitcast(step, tf.uint32) * 256
    for state, seed in zip(learner.random_states, learner.random_seeds, strict=True):
        state.assign(tf.stack([tf.cast(seed, tf.uint32) + tf.cast(share, tf.uint32), draw]))
