"""Random numbers that are a function of (seed, purpose, epoch, example).

TensorFlow's stateless generators take one seed per call and not one per example, so an
example's numbers would depend on the batch it is in. A hash of the four has no such tie. It
is MurmurHash3_x86_32 (Austin Appleby, public domain,
https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp), in operations that
exist for uint32 on CPU and GPU and under XLA; being whole numbers, they agree to the bit.
What is computed from them is int64: arithmetic on int32 TensorFlow leaves to the host of a GPU.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

Augment = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""A function of stored inputs ``(batch, *input_shape)``, their int32 indices ``(batch,)`` among
the stored training examples and the int32 epoch ``()``; gives inputs of the same shape and dtype."""

KEY_BYTES = 12  # purpose, epoch and index


def random_words(
    seed: int, purpose: int | Sequence[int], epoch: tf.Tensor, indices: tf.Tensor
) -> tf.Tensor:
    """32 random bits for each purpose and example.

    Args:
        seed: from 0 to below 2**32.
        purpose: what the bits are for; other purposes give other bits.
        epoch: () int32.
        indices: ``(batch,)`` int32.

    Returns:
        ``(batch,)`` uint32, or ``(purposes, batch)`` for several purposes.
    """
    state = tf.constant(seed, tf.uint32)
    purposes = tf.constant(np.asarray(purpose, np.uint32)[..., np.newaxis])
    for word in (purposes, tf.bitcast(epoch, tf.uint32), tf.bitcast(indices, tf.uint32)):
        scrambled = _rotate_left(word * _word(0xCC9E2D51), 15) * _word(0x1B873593)
        state = _rotate_left(state ^ scrambled, 13) * _word(5) + _word(0xE6546B64)
    return _finalised(state ^ _word(KEY_BYTES))


def uniform(words: tf.Tensor) -> tf.Tensor:
    """Random words as float32 numbers from 0 to below 1; the highest 24 bits fit exactly."""
    return tf.cast(_shift_right(words, 8), tf.float32) * 2.0**-24


def uniform_around_zero(words: tf.Tensor, largest: float) -> tf.Tensor:
    """Random words as float32 numbers from ``-largest`` to below ``largest``."""
    return (2.0 * uniform(words) - 1.0) * largest


def integers(words: tf.Tensor, count: int | tf.Tensor) -> tf.Tensor:
    """Random words as int64 numbers from 0 to below ``count``, a number or tensor of such."""
    return tf.cast(words % tf.cast(count, tf.uint32), tf.int64)


def integers_around_zero(words: tf.Tensor, largest: int) -> tf.Tensor:
    """Random words as int64 numbers from ``-largest`` to ``largest``, both included."""
    return integers(words, 2 * largest + 1) - largest


def _finalised(state: tf.Tensor) -> tf.Tensor:
    """Let every bit of the state decide about every bit of the result."""
    state = (state ^ _shift_right(state, 16)) * _word(0x85EBCA6B)
    state = (state ^ _shift_right(state, 13)) * _word(0xC2B2AE35)
    return state ^ _shift_right(state, 16)


def _rotate_left(words: tf.Tensor, bits: int) -> tf.Tensor:
    return tf.bitwise.left_shift(words, _word(bits)) | _shift_right(words, 32 - bits)


def _shift_right(words: tf.Tensor, bits: int) -> tf.Tensor:
    return tf.bitwise.right_shift(words, _word(bits))


def _word(value: int) -> tf.Tensor:
    return tf.constant(value, tf.uint32)
