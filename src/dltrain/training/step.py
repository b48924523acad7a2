"""The compiled steps: forward and backward in each replica, one update outside of them.

Each replica returns the gradient of its share of the global loss. The gradients are
summed over the replicas, then tested for finiteness, clipped and applied once, in
cross-replica context. So one device and many walk the same curve.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.augmentation import make_augment
from dltrain.data.dataset import Dataset
from dltrain.data.examples import Examples
from dltrain.training.learner import Learner
from dltrain.training.losses import loss_unit, make_loss, make_score

Array = np.ndarray[Any, Any]
Floats = Sequence[float] | Array
Figures = tuple[Array, Array, Array]
StepsFunction = Callable[[Array, Floats, Floats, int, int], Figures]


def make_steps(learner: Learner, experiment: ExperimentConfig, dataset: Dataset) -> StepsFunction:
    """Compile the function that makes several updates in one call.

    Args:
        learner: what to update.
        experiment: for augmentation, loss, clipping and jit.
        dataset: its stored training examples are kept resident on every device.

    Returns:
        A function of ``indices`` (steps, batch) int32 into the examples, ``rates`` (steps,)
        learning rates, ``decays`` (steps,) decays of the average, ``first_step``, the updates
        made before, and ``epoch``, from 1. It gives, each (steps,): the sum of the examples' losses, and with it the penalty as if
        each example had its share; the sum of their scores (1 for a right answer, or the
        absolute error); and whether the step's gradient was finite. After a step that was
        not, nothing more is updated in the same call, except under float16, where such a
        step is left out and the scale lowered.
    """
    strategy = learner.strategy
    resident = _resident(strategy, dataset.examples_of("train"))
    replica_gradients = _make_replica_gradients(learner, experiment, dataset)
    update = _make_update(learner, experiment)

    def one_step(
        indices: tf.Tensor, rate: tf.Tensor, decay: tf.Tensor, step: tf.Tensor, epoch: tf.Tensor
    ) -> Any:
        gradients, loss_sum, score_sum = strategy.run(
            replica_gradients, args=(*resident, indices, step, epoch)
        )
        summed = [strategy.reduce("SUM", gradient, axis=None) for gradient in gradients]
        finite = update(summed, rate, decay)
        return (
            strategy.reduce("SUM", loss_sum, axis=None),
            strategy.reduce("SUM", score_sum, axis=None),
            finite,
        )

    @tf.function(jit_compile=experiment.train.jit is True, autograph=False)
    def steps(
        indices: tf.Tensor,
        rates: tf.Tensor,
        decays: tf.Tensor,
        count: tf.Tensor,
        first_step: tf.Tensor,
        epoch: tf.Tensor,
    ) -> Any:
        rows, dtypes = indices.shape[0], (tf.float32, tf.float32, tf.bool)
        records = tuple(tf.TensorArray(dtype, rows, element_shape=()) for dtype in dtypes)

        def body(k: tf.Tensor, alive: tf.Tensor, arrays: Any) -> Any:
            figures = one_step(indices[k], rates[k], decays[k], first_step + k, epoch)
            arrays = tuple(a.write(k, f) for a, f in zip(arrays, figures, strict=True))
            return k + 1, alive & (figures[2] | (learner.loss_scale is not None)), arrays

        _, _, records = tf.while_loop(
            lambda k, alive, _: (k < count) & alive,
            body,
            (tf.constant(0), tf.constant(True), records),
            parallel_iterations=1,
        )
        return tuple(record.stack() for record in records)

    return _filled_up(steps, experiment)


def _filled_up(function: Any, experiment: ExperimentConfig) -> StepsFunction:
    """Give the compiled function whole calls only, so that it is compiled once.

    A call with fewer steps, at the end of an epoch, is filled up with rows that are never
    reached. Only a ragged last batch, of another width, is compiled beside it. What was traced is kept by
    shape here: TensorFlow's own search takes longer than a step of a tiny model.
    """
    per_call, batch_size = experiment.train.steps_per_call, experiment.data.batch_size
    traced: dict[tuple[int, ...], Any] = {}

    def call(indices: Array, rates: Floats, decays: Floats, first_step: int, epoch: int) -> Figures:
        count, width = indices.shape
        is_short = isinstance(per_call, int) and width == batch_size and count < per_call
        missing = per_call - count if is_short else 0
        arguments = (
            tf.constant(np.pad(indices, ((0, missing), (0, 0)))),
            tf.constant(np.pad(np.asarray(rates, np.float32), (0, missing))),
            tf.constant(np.pad(np.asarray(decays, np.float32), (0, missing))),
            tf.constant(count, tf.int32),
            tf.constant(first_step, tf.int32),
            tf.constant(epoch, tf.int32),
        )
        shape = tuple(arguments[0].shape)
        if shape not in traced:
            traced[shape] = function.get_concrete_function(*arguments)
        losses, scores, finite = traced[shape](*arguments)
        return losses.numpy()[:count], scores.numpy()[:count], finite.numpy()[:count]

    return call


def _resident(strategy: tf.distribute.Strategy, examples: Examples) -> tuple[Any, Any]:
    """Put the stored examples on every replica's device once."""

    def place(array: Any) -> Any:
        if strategy.num_replicas_in_sync == 1:
            return tf.constant(array)
        devices = strategy.extended.worker_devices

        def on_device(context: Any) -> tf.Tensor:
            with tf.device(devices[context.replica_id_in_sync_group]):
                return tf.constant(array)

        return strategy.experimental_distribute_values_from_function(on_device)

    return place(examples.inputs), place(examples.labels)


def _make_replica_gradients(
    learner: Learner, experiment: ExperimentConfig, dataset: Dataset
) -> Callable[..., Any]:
    model, scale = learner.model, learner.loss_scale
    replicas = learner.strategy.num_replicas_in_sync
    is_mean = experiment.train.reduction == "mean"
    unit = loss_unit(experiment.train.loss, dataset.info)
    loss_of, score_of = make_loss(experiment, dataset), make_score(dataset.info)
    augment = make_augment(
        experiment.data,
        experiment.seed,
        dataset.info,
        dataset.examples_of("train"),
        dataset.train,
    )
    random_states = [
        variable
        for variable in model.non_trainable_variables
        if variable.path.endswith("seed_generator_state")
    ]
    random_seeds = [int(state.numpy()[0]) for state in random_states]

    def replica_gradients(
        inputs: tf.Tensor,
        labels: tf.Tensor,
        indices: tf.Tensor,
        step: tf.Tensor,
        epoch: tf.Tensor,
    ) -> Any:
        """The gradient of this replica's share of the global loss, and its figures."""
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        _seed_random_layers(random_states, random_seeds, replica, step)
        share, repeats = _share(indices, replica, replicas)
        divisor = tf.cast(tf.shape(indices)[0], tf.float32) if is_mean else 1.0
        batch, truth = tf.gather(inputs, share), tf.gather(labels, share)
        if augment is not None:
            batch = augment(batch, share, epoch)
        with tf.GradientTape() as tape:
            outputs = model(batch, training=True)
            losses = loss_of(outputs, truth)
            penalty = tf.add_n(model.losses) / replicas if model.losses else 0.0
            loss = tf.reduce_sum(losses) / (divisor * repeats * unit) + penalty
            scaled = loss if scale is None else loss * scale.scale
        gradients = tape.gradient(scaled, [v.value for v in model.trainable_variables])
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]  # embeddings' are not
        score = tf.reduce_sum(score_of(outputs, truth))
        if repeats > 1:
            score = tf.where(replica == 0, score, 0.0)
        return dense, tf.reduce_sum(losses) / repeats + penalty * (divisor * unit), score

    return replica_gradients


def _share(indices: tf.Tensor, replica: Any, replicas: int) -> tuple[tf.Tensor, int]:
    """A replica's examples of a batch, and how many replicas compute each of them.

    A ragged last batch with fewer examples than replicas is computed as a whole by all of
    them and counted once: TensorFlow's collectives do not survive a replica without
    examples, and the mean over equal copies is the same gradient and the same statistics.
    """
    count = indices.shape[0]
    if count < replicas:
        return indices, replicas
    return indices[count * replica // replicas : count * (replica + 1) // replicas], 1


def _seed_random_layers(
    states: list[keras.Variable], seeds: list[int], replica: Any, step: tf.Tensor
) -> None:
    """Make every random mask a function of (seed, layer, replica, step).

    So a resumed run draws what the uninterrupted one would have drawn, and no two
    replicas share a mask. A layer used several times in a step counts on from there.
    """
    draw = tf.bitcast(step, tf.uint32) * 256
    for state, seed in zip(states, seeds, strict=True):
        state.assign(tf.stack([tf.cast(seed, tf.uint32) + tf.cast(replica, tf.uint32), draw]))


def _make_update(learner: Learner, experiment: ExperimentConfig) -> Callable[..., tf.Tensor]:
    clip_norm = experiment.optimizer.clip_norm
    scale, optimizer = learner.loss_scale, learner.optimizer

    def apply(gradients: list[tf.Tensor], rate: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        optimizer.learning_rate.assign(rate)
        optimizer.apply(gradients)
        if learner.average is not None:
            _follow(learner.strategy, learner.average, learner.model, decay)
        return tf.constant(0)  # both branches of a tf.cond return the same

    if experiment.train.jit == "update":
        apply = tf.function(apply, jit_compile=True, autograph=False)

    def update(gradients: list[tf.Tensor], rate: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        """Check, clip and apply the summed gradients; in cross-replica context."""
        if scale is not None:
            gradients = [gradient / scale.scale for gradient in gradients]
        norm = tf.linalg.global_norm(gradients)
        finite = tf.math.is_finite(norm)
        if clip_norm is not None:
            factor = clip_norm / tf.maximum(norm, clip_norm)
            gradients = [gradient * factor for gradient in gradients]
        tf.cond(finite, lambda: apply(gradients, rate, decay), lambda: tf.constant(0))
        if scale is not None:
            scale.update(finite)
        return finite

    return update


def _follow(
    strategy: tf.distribute.Strategy, average: keras.Model, model: keras.Model, decay: tf.Tensor
) -> None:
    """Move the averaged model towards the trained one, batch-norm statistics included."""

    def move(slow: tf.Variable, fast: tf.Tensor) -> None:
        slow.assign_sub((slow - fast) * (1.0 - decay))

    for slow, fast in zip(average.variables, model.variables, strict=True):
        if "float" in str(slow.dtype):
            strategy.extended.update(slow.value, move, args=(fast.value,))
