"""What a small linear model has learned, as a formula in the units of the data."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from dltrain.config.schema import LinearModelConfig, ModelConfig
from dltrain.dataset_info import DatasetInfo

MOST_WEIGHTS = 12  # of one output: more are no longer read
MOST_OUTPUTS = 3
VAST = 1e7  # below it a power of ten reads worse than the number
FEW_DIGITS, MANY_DIGITS = 4, 9  # many where large powers of x cancel each other

Array = np.ndarray[Any, Any]


def formula_of(model: keras.Model, config: ModelConfig, info: DatasetInfo) -> str | None:
    """Write a linear model down, its normalisation multiplied out, or None where it is no use.

    Args:
        model: as its builder made it.
        config: its config.
        info: what it was built for.

    Returns:
        ``y = 1.998 x + 0.007`` for a number, ``p(1) = sigmoid(2.1 x1 - 0.8 x1^2 + 0.3)`` for
        the second of two classes, and one line with the logit of each of several classes.
        None for other models and for more than 12 weights per output or 3 outputs.
    """
    if not isinstance(config, LinearModelConfig) or info.modality in {"text", "audio"}:
        return None
    kernel, bias = (weight.numpy().astype(np.float64) for weight in model.trainable_variables)
    if kernel.shape[0] > MOST_WEIGHTS or kernel.shape[1] > MOST_OUTPUTS:
        return None
    powers = kernel.reshape(config.degree, -1, info.num_outputs)
    weights, constants = in_data_units(powers, bias, info)
    is_expanded = config.degree > 1 and any(info.mean)
    digits = MANY_DIGITS if is_expanded else FEW_DIGITS
    sums = [_sum(weights[..., each], constants[each], digits) for each in range(info.num_outputs)]
    if info.task == "regression":
        return f"y = {sums[0]}"
    if info.task == "binary":
        return f"p({info.class_names[1]}) = sigmoid({sums[0]})"
    return "\n".join(
        f"logit({name}) = {text}" for name, text in zip(info.class_names, sums, strict=True)
    )


def in_data_units(powers: Array, bias: Array, info: DatasetInfo) -> tuple[Array, Array]:
    """Multiply the normalisation of inputs and labels out of the weights.

    A power of ``(x - mean) / deviation`` is a sum of powers of x, by the binomial theorem.

    Args:
        powers: ``(degree, values, outputs)`` weights of the normalised values' powers.
        bias: ``(outputs,)``.
        info: mean and deviation of the inputs, and of a number to predict.

    Returns:
        Weights of the same shape for the values as stored, and ``(outputs,)`` constants.
    """
    mean, deviation = (
        np.broadcast_to(np.array(each), info.input_shape).reshape(-1, 1)
        for each in (info.mean, info.standard_deviation)
    )
    weights, constants = np.zeros_like(powers), bias.copy()
    for index, weight in enumerate(powers):
        power = index + 1
        scaled = weight / deviation**power
        constants += (scaled * (-mean) ** power).sum(axis=0)
        for k in range(1, power + 1):
            weights[k - 1] += scaled * math.comb(power, k) * (-mean) ** (power - k)
    if info.task == "regression":
        unit = info.target_standard_deviation
        return weights * unit, constants * unit + info.target_mean
    return weights, constants


def _sum(weights: Array, constant: float, digits: int) -> str:
    """``2.1 x1 - 0.8 x1^2 + 0.3`` of ``(degree, values)`` weights, column by column."""
    degree, values = weights.shape
    names = ["x"] if values == 1 else [f"x{number}" for number in range(1, values + 1)]
    terms = [
        (weights[index, column], name if index == 0 else f"{name}^{index + 1}")
        for column, name in enumerate(names)
        for index in range(degree)
    ]
    return _joined([*terms, (constant, "")], digits)


def _joined(terms: Sequence[tuple[float, str]], digits: int) -> str:
    """Terms with their signs between them; those that are exactly zero are left out."""
    parts = [
        f"{'-' if value < 0 else '+'} {_rounded(abs(value), digits)} {name}".rstrip()
        for value, name in terms
        if value
    ]
    text = " ".join(parts) or "0"
    return "-" + text[2:] if text.startswith("- ") else text.removeprefix("+ ")


def _rounded(size: float, digits: int) -> str:
    """So many significant digits, or the whole number where those are too few for it."""
    return f"{size:.0f}" if 10**digits <= size < VAST else f"{size:.{digits}g}"
