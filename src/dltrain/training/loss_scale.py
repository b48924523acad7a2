"""Dynamic loss scaling for float16, applied around the sum over replicas.

Source: Micikevicius et al. 2018, Mixed Precision Training. Gradients of a loss multiplied
by the scale do not vanish in float16; after the sum they are divided by it again. A step
whose gradients overflow is left out and halves the scale.
"""

import keras
import tensorflow as tf

FIRST_SCALE = 2.0**15
STEPS_BEFORE_GROWTH = 2000


class LossScale:
    """The scale and the number of good steps since it last changed."""

    def __init__(self) -> None:
        self.scale = keras.Variable(FIRST_SCALE, dtype="float32", trainable=False)
        # int64, because no GPU holds variables of int32
        self.good_steps = keras.Variable(0, dtype="int64", trainable=False)

    @property
    def variables(self) -> list[keras.Variable]:
        """What a checkpoint has to keep."""
        return [self.scale, self.good_steps]

    def update(self, finite: tf.Tensor) -> None:
        """Grow after many good steps, halve after a bad one; in cross-replica context."""
        none = tf.constant(0, tf.int64)
        good = tf.where(finite, self.good_steps + 1, none)
        grows = good >= STEPS_BEFORE_GROWTH
        factor = tf.where(finite, tf.where(grows, 2.0, 1.0), 0.5)
        self.scale.assign(tf.maximum(self.scale * factor, 1.0))
        self.good_steps.assign(tf.where(grows, none, good))
