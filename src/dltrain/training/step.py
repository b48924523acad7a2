"""The compiled steps: the gradients of a batch, one update from them.

The gradients, summed over parts and replicas, are tested for finiteness, clipped and applied
once, in cross-replica context. So one device and many walk the same curve.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.training.gradients import make_batch_gradients
from dltrain.training.learner import Learner

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
    batch_gradients = make_batch_gradients(learner, experiment, dataset)
    update = _make_update(learner, experiment)

    def one_step(
        indices: tf.Tensor, rate: tf.Tensor, decay: tf.Tensor, step: tf.Tensor, epoch: tf.Tensor
    ) -> Any:
        *gradients, loss_sum, score_sum = batch_gradients(indices, step, epoch)
        return loss_sum, score_sum, update(gradients, rate, decay)

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
            # as arrays: TensorFlow keeps every Python number it has made a tensor of, for ever
            *(tf.constant(np.array(number, np.int32)) for number in (count, first_step, epoch)),
        )
        shape = tuple(arguments[0].shape)
        if shape not in traced:
            traced[shape] = function.get_concrete_function(*arguments)
        losses, scores, finite = traced[shape](*arguments)
        return losses.numpy()[:count], scores.numpy()[:count], finite.numpy()[:count]

    return call


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
