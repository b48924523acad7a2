"""The compiled steps: the gradients of a batch, one update from them.

The gradients, summed over parts and replicas, are tested for finiteness, clipped and applied
once, in cross-replica context. So one device and many walk the same curve.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.dataset import Dataset
from dltrain.training.ahead import Ahead, Fetched, fetching_ahead
from dltrain.training.gradients import make_batch_gradients
from dltrain.training.learner import Learner
from dltrain.training.plan import make_plan
from dltrain.training.resident import Resident
from dltrain.training.supply import Supply, make_supply

Array = np.ndarray[Any, Any]
Floats = Sequence[float] | Array
Figures = tuple[Array, Array, Array]


def make_steps(learner: Learner, experiment: ExperimentConfig, dataset: Dataset) -> "Steps":
    """Compile the function that makes several updates in one call.

    Args:
        learner: what to update.
        experiment: for augmentation, loss, clipping and jit.
        dataset: its stored training examples are kept resident on every device, or fetched
            for each call, as `data.resident` says.
    """
    supply = make_supply(learner.strategy, experiment, dataset)
    batch_gradients = make_batch_gradients(learner, experiment, dataset, supply)
    total_steps = make_plan(experiment, len(dataset.train)).total_steps
    update = _make_update(learner, experiment, total_steps)

    @tf.function(jit_compile=experiment.train.jit is True, autograph=False)
    def steps(
        indices: tf.Tensor,
        rates: tf.Tensor,
        decays: tf.Tensor,
        count: tf.Tensor,
        first_step: tf.Tensor,
        epoch: tf.Tensor,
        fetched: Fetched,
    ) -> Any:
        rows, dtypes = indices.shape[0], (tf.float32, tf.float32, tf.bool)
        records = tuple(tf.TensorArray(dtype, rows, element_shape=()) for dtype in dtypes)

        def body(k: tf.Tensor, alive: tf.Tensor, arrays: Any) -> Any:
            *gradients, losses, scores = batch_gradients(
                indices[k], first_step + k, epoch, fetched, k
            )
            figures = losses, scores, update(gradients, rates[k], decays[k], first_step + k)
            arrays = tuple(a.write(k, f) for a, f in zip(arrays, figures, strict=True))
            return k + 1, alive & (figures[2] | (learner.loss_scale is not None)), arrays

        _, _, records = tf.while_loop(
            lambda k, alive, _: (k < count) & alive,
            body,
            (tf.constant(0), tf.constant(True), records),
            parallel_iterations=1,
        )
        return tuple(record.stack() for record in records)

    return Steps(steps, experiment, supply)


class Steps:
    """The compiled function, which it is given whole calls only, so that it is compiled once.

    A call with fewer steps, at the end of an epoch, is filled up with rows that are never
    reached. Only a ragged last batch, of another width, is compiled beside it. What was traced is kept by
    shape here: TensorFlow's own search takes longer than a step of a tiny model.
    """

    def __init__(self, function: Any, experiment: ExperimentConfig, supply: Supply) -> None:
        self._function, self._supply = function, supply
        self._per_call = experiment.train.steps_per_call
        self._batch_size = experiment.data.batch_size
        self._traced: dict[tuple[int, ...], Any] = {}

    def fetching(self, calls: Iterable[Array]) -> AbstractContextManager[Ahead]:
        """Read the examples of the next calls ahead while the block runs.

        Args:
            calls: the ``indices`` of one call after the other.

        Yields:
            Each call's ``indices`` and ``examples``.
        """
        if isinstance(self._supply, Resident):
            return nullcontext((indices, None) for indices in calls)
        return fetching_ahead(self._fetch, calls)

    def __call__(
        self,
        indices: Array,
        rates: Floats,
        decays: Floats,
        first_step: int,
        epoch: int,
        examples: Future[Fetched] | None = None,
    ) -> Figures:
        """Make several updates.

        Args:
            indices: (steps, batch) int32 into the stored training examples.
            rates: (steps,) learning rates.
            decays: (steps,) decays of the average.
            first_step: the updates made before.
            epoch: from 1.
            examples: of these indices, from `fetching`; fetched now when absent.

        Returns:
            Each (steps,): the sum of the examples' losses, and with it the penalty as if each
            example had its share; the sum of their scores (1 for a right answer, or the
            absolute error); and whether the step's gradient was finite. After a step that was
            not, nothing more is updated in the same call, except under float16, where such a
            step is left out and the scale lowered.
        """
        count, missing = len(indices), self._missing(indices)
        arguments = (
            tf.constant(np.pad(indices, ((0, missing), (0, 0)))),
            tf.constant(np.pad(np.asarray(rates, np.float32), (0, missing))),
            tf.constant(np.pad(np.asarray(decays, np.float32), (0, missing))),
            # as arrays: TensorFlow keeps every Python number it has made a tensor of, for ever
            *(tf.constant(np.array(number, np.int32)) for number in (count, first_step, epoch)),
            self._fetch(indices) if examples is None else examples.result(),
        )
        shape = tuple(arguments[0].shape)
        if shape not in self._traced:
            self._traced[shape] = self._function.get_concrete_function(*arguments)
        losses, scores, finite = self._traced[shape](*arguments)
        return losses.numpy()[:count], scores.numpy()[:count], finite.numpy()[:count]

    def _fetch(self, indices: Array) -> Fetched:
        """What a call brings."""
        if isinstance(self._supply, Resident):
            return ()
        return self._supply.fetch(np.pad(indices, ((0, self._missing(indices)), (0, 0))))

    def _missing(self, indices: Array) -> int:
        """How many steps a call has fewer than a whole one."""
        count, width = indices.shape
        is_whole = width == self._batch_size and isinstance(self._per_call, int)
        return max(0, self._per_call - count) if is_whole else 0


def _make_update(
    learner: Learner, experiment: ExperimentConfig, total_steps: int
) -> Callable[..., tf.Tensor]:
    clip_norm = experiment.optimizer.clip_norm
    scale, strategy = learner.loss_scale, learner.strategy

    def apply(
        gradients: list[tf.Tensor], rate: tf.Tensor, decay: tf.Tensor, step: tf.Tensor
    ) -> tf.Tensor:
        learner.optimizer.apply(gradients, rate)
        if learner.lookahead is not None:
            learner.lookahead.after(step + 1, total_steps, strategy)
        if learner.average is not None:
            _follow(strategy, learner.average, learner.model, decay)
        return tf.constant(0)  # both branches of a tf.cond return the same

    if experiment.train.jit == "update":
        apply = tf.function(apply, jit_compile=True, autograph=False)

    def update(
        gradients: list[tf.Tensor], rate: tf.Tensor, decay: tf.Tensor, step: tf.Tensor
    ) -> tf.Tensor:
        """Check, clip and apply the summed gradients; in cross-replica context."""
        if scale is not None:
            gradients = [gradient / scale.scale for gradient in gradients]
        norm = tf.linalg.global_norm(gradients)
        finite = tf.math.is_finite(norm)
        if clip_norm is not None:
            factor = clip_norm / tf.maximum(norm, clip_norm)
            gradients = [gradient * factor for gradient in gradients]
        tf.cond(finite, lambda: apply(gradients, rate, decay, step), lambda: tf.constant(0))
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
