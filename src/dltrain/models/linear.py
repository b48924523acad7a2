"""A weighted sum of the inputs and their powers."""

import keras

from dltrain.config.schema import LinearModelConfig
from dltrain.dataset_info import DatasetInfo


def build_linear(
    config: LinearModelConfig,
    inputs: keras.KerasTensor,
    info: DatasetInfo,  # noqa: ARG001 - all kinds of examples are flattened alike
) -> keras.KerasTensor:
    """Flatten the example and put its powers beside it; the output layer weighs them.

    Everything is in float32, whatever the precision: the output layer is as well, and in
    bfloat16 a cube would be off by a hundredth.

    Args:
        config: the highest power.
        inputs: ``(batch, ...)`` normalised examples of any shape, but no text.
        info: not needed.

    Returns:
        ``(batch, degree * values)``: all values, then all their squares, and so on, without
        products of two values.
    """
    is_flat = len(inputs.shape) == 2  # noqa: PLR2004
    flat = inputs if is_flat else keras.layers.Flatten(dtype="float32", name="flatten")(inputs)
    if config.degree == 1:
        return flat
    powers = [flat, *(flat**exponent for exponent in range(2, config.degree + 1))]
    return keras.layers.Concatenate(dtype="float32", name="powers")(powers)
