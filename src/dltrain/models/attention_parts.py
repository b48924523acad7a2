"""Attention some examples at a time, so that the scores of all pairs never leave the cache.

The scores of a batch are many: 128 texts of 200 tokens have 82 MB of them per block, and forward
and backward pass read or write them a dozen times. On a CPU memory sets the pace of that, not
arithmetic. Here the scores of a few examples are made, used and forgotten, and made once more
for the gradient, as Dao et al. (2022) do on a GPU.
"""

from typing import Any

import keras
import tensorflow as tf

SCORES_AT_ONCE = 2**21  # bytes; about what one core's cache holds
FEWEST_SCORES = 2**23  # bytes of a batch's scores below which they are quicker as a whole
MOST_PARTS = 64  # of a batch, for each is a piece of the graph


def attend(query: Any, key: Any, value: Any, padding: Any = None) -> Any:
    """Each token's mean of the values, weighted by how well its query matches their keys.

    Args:
        query: ``(batch, heads, tokens, size)``, scaled.
        key: as the query.
        value: as the query.
        padding: ``(batch, 1, 1, tokens)``, added to the scores; or None.

    Returns:
        ``(batch, heads, tokens, size)``.
    """
    scores = keras.ops.matmul(query, keras.ops.transpose(key, (0, 1, 3, 2)))
    if padding is not None:
        scores += padding
    weights = keras.ops.softmax(keras.ops.cast(scores, "float32"))
    return keras.ops.matmul(keras.ops.cast(weights, value.dtype), value)


class AttentionInParts(keras.layers.Layer):  # type: ignore[misc] # Keras has no types
    """`attend`, part by part while training.

    It has no variables, so a model has the same ones with it and without.
    """

    def call(
        self,
        query: tf.Tensor,
        key: tf.Tensor,
        value: tf.Tensor,
        padding: tf.Tensor | None = None,
        *,
        training: bool = False,
    ) -> tf.Tensor:
        """As `attend`, for the tensors of a batch."""
        at_once = _examples_at_once(query.shape) if training else None
        if at_once is None:
            return attend(query, key, value, padding)
        given = (query, key, value) if padding is None else (query, key, value, padding)
        return _in_parts(at_once, given)

    def compute_output_spec(self, query: keras.KerasTensor, *_: Any, **__: Any) -> Any:
        """As the query."""
        return keras.KerasTensor(query.shape, dtype=self.compute_dtype)


def _examples_at_once(shape: tf.TensorShape) -> int | None:
    """Examples in a part; None for a batch that is not worth dividing or of unknown size."""
    batch, heads, tokens, _ = shape
    bytes_each = heads * tokens * tokens * tf.float32.size
    if batch is None or batch * bytes_each <= FEWEST_SCORES:
        return None
    return max(1, SCORES_AT_ONCE // bytes_each, -(-batch // MOST_PARTS))


def _in_parts(at_once: int, given: tuple[tf.Tensor, ...]) -> tf.Tensor:
    batch = given[0].shape[0]
    sizes = [min(at_once, batch - first) for first in range(0, batch, at_once)]

    @tf.custom_gradient
    def divided(*given: tf.Tensor) -> Any:
        parts = list(zip(*(tf.split(each, sizes) for each in given), strict=True))
        seen = [attend(*part) for part in parts]

        def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor | None, ...]:
            ups = tf.split(upstream, sizes)
            each = [_gradients(*one) for one in zip(ups, seen, parts, strict=True)]
            joined = [tf.concat(part, 0) for part in zip(*each, strict=True)]
            return *joined, *[None] * (len(given) - len(joined))  # padding has none

        return tf.concat(seen, 0), gradients

    return divided(*given)


def _gradients(
    upstream: tf.Tensor, seen: tf.Tensor, part: tuple[tf.Tensor, ...]
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Of query, key and value; the sum over the weights' gradients is that over what is seen."""
    query, key, value, *padding = part
    scores = tf.matmul(query, key, transpose_b=True)
    weights = tf.nn.softmax(tf.cast(scores + padding[0] if padding else scores, tf.float32))
    by_weight = tf.cast(tf.matmul(upstream, value, transpose_b=True), tf.float32)
    both = tf.cast(upstream, tf.float32) * tf.cast(seen, tf.float32)
    by_score = weights * (by_weight - tf.reduce_sum(both, -1, keepdims=True))
    by_score = tf.cast(by_score, query.dtype)
    return (
        tf.matmul(by_score, key),
        tf.matmul(by_score, query, transpose_a=True),
        tf.matmul(tf.cast(weights, value.dtype), upstream, transpose_a=True),
    )
