"""Slow weights that follow the fast ones and call them back.

Source: Zhang et al. 2019, https://arxiv.org/abs/1907.08610; the cubic ramp: Jordan 2024,
https://arxiv.org/abs/2404.00498.
"""

import keras
import tensorflow as tf

from dltrain.config.schema import LookaheadConfig


class Lookahead:
    """The slow weights of a model's trainable variables; to be made in the strategy's scope."""

    def __init__(self, config: LookaheadConfig, model: keras.Model) -> None:
        self._config = config
        self._fast = model.trainable_variables
        self.variables = [
            keras.Variable(fast.numpy(), trainable=False, name=fast.name) for fast in self._fast
        ]

    def after(self, made: tf.Tensor, total: int, strategy: tf.distribute.Strategy) -> None:
        """Move both, if it is time, after so many updates of so many in all.

        The last update of all is such a time too, so that a training ends on the slow weights.
        """
        tf.cond(
            tf.equal(made % self._config.every, 0) | tf.equal(made, total),
            lambda: self._meet(self._pull(made, total), strategy),
            lambda: tf.constant(0),
        )

    def _pull(self, made: tf.Tensor, total: int) -> tf.Tensor:
        """Which part of the way the slow weights go."""
        if self._config.ramp == "constant":
            return tf.constant(self._config.pull)
        time = tf.minimum(1.0, tf.cast(made, tf.float32) / total)  # a measurement goes on beyond
        return 1.0 - (1.0 - self._config.pull) * time**3

    def _meet(self, pull: tf.Tensor, strategy: tf.distribute.Strategy) -> tf.Tensor:
        def follow(slow: tf.Variable, fast: tf.Tensor) -> None:
            slow.assign_add((fast - slow) * pull)

        def go_back(fast: tf.Variable, slow: tf.Tensor) -> None:
            fast.assign(slow)

        for slow, fast in zip(self.variables, self._fast, strict=True):
            strategy.extended.update(slow.value, follow, args=(fast.value,))
            strategy.extended.update(fast.value, go_back, args=(slow.value,))
        return tf.constant(0)  # both branches of a tf.cond return the same
