"""How the vectors of a sequence's steps become one; padding never takes part."""

import keras

LOWEST = -60_000.0  # below any activation, and still a number in float16


def pooled(
    pooling: str, tensor: keras.KerasTensor, mask: keras.KerasTensor | None = None
) -> keras.KerasTensor:
    """The mean, maximum or sum over the steps, or mean and maximum.

    Args:
        pooling: ``average``, ``max``, ``average_and_max`` or ``sum``.
        tensor: ``(batch, steps, features)``.
        mask: ``(batch, steps)`` bool, false at padding, with at least one step that is
            true; None where nothing is padded.

    Returns:
        ``(batch, features)``, or twice as many for both.
    """
    if pooling == "average":
        return _average(tensor, mask)
    if pooling == "max":
        return _maximum(tensor, mask)
    if pooling == "sum":
        return _sum(tensor, mask)
    both = keras.layers.Concatenate(name="average_and_max")
    return both([_average(tensor, mask), _maximum(tensor, mask)])


def _average(tensor: keras.KerasTensor, mask: keras.KerasTensor | None) -> keras.KerasTensor:
    """In float32: bfloat16 cannot count the words of a text."""
    return keras.layers.GlobalAveragePooling1D(dtype="float32", name="average")(tensor, mask=mask)


def _sum(tensor: keras.KerasTensor, mask: keras.KerasTensor | None) -> keras.KerasTensor:
    """In float32, as the mean."""
    tensor = keras.ops.cast(tensor, "float32")
    if mask is not None:
        tensor = tensor * keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    return keras.ops.sum(tensor, axis=1)


def _maximum(tensor: keras.KerasTensor, mask: keras.KerasTensor | None) -> keras.KerasTensor:
    if mask is not None:
        tensor = keras.ops.where(keras.ops.expand_dims(mask, -1), tensor, LOWEST)
    return keras.layers.GlobalMaxPooling1D(name="max")(tensor)


def attention_pooled(
    tensor: keras.KerasTensor, mask: keras.KerasTensor | None
) -> keras.KerasTensor:
    """The mean of the steps weighted by a learned score of each (Hassani et al. 2021).

    The score has no bias: adding a number to all of them changes no weight.
    """
    score = keras.layers.Dense(1, use_bias=False, name="attention_score")(tensor)
    score = keras.ops.squeeze(score, -1)
    weights = keras.layers.Softmax(dtype="float32", name="attention_weights")(score, mask=mask)
    return keras.layers.Dot(axes=1, name="attention")([weights, tensor])


def last_states(
    tensor: keras.KerasTensor, units: int, mask: keras.KerasTensor | None
) -> keras.KerasTensor:
    """The state after the last real step, and of a backward reading that after the first.

    Args:
        tensor: ``(batch, steps, units)`` states, or ``(batch, steps, 2 * units)`` where
            those of the backward reading follow those of the forward one.
        units: of one direction.
        mask: ``(batch, steps)`` bool, false at the padding at the end; or None.

    Returns:
        ``(batch, units)`` or ``(batch, 2 * units)``.
    """
    forward = tensor[:, :, :units]
    if mask is None:
        state = forward[:, -1]
    else:
        place = keras.ops.sum(keras.ops.cast(mask, "int64"), axis=1) - 1
        chosen = keras.ops.one_hot(place, tensor.shape[1], dtype=tensor.dtype)
        state = keras.layers.Dot(axes=1, name="last")([chosen, forward])
    if tensor.shape[2] == units:
        return state
    return keras.layers.Concatenate(name="both_directions")([state, tensor[:, 0, units:]])
