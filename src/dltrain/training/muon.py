"""Muon: momentum made orthogonal, for dense and convolution kernels alike.

Keras's own Muon leaves every kernel that is not a matrix to AdamW, and with it all convolutions.
Source: Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; the norm that is kept:
Jordan 2024, https://github.com/KellerJordan/cifar10-airbench.
"""

from typing import Any

import keras
import tensorflow as tf

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic polynomial that moves singular values between 0 and 1 quickly near to 1."""


class Muon(keras.optimizers.Optimizer):  # type: ignore[misc] # Keras has no types
    """The optimizer of kernels between the input and the output."""

    def __init__(
        self,
        learning_rate: float,
        *,
        momentum: float,
        nesterov: bool,
        newton_schulz_steps: int,
        keep_norm: bool,
        weight_decay: float | None = None,
    ) -> None:
        super().__init__(learning_rate=learning_rate, weight_decay=weight_decay, name="muon")
        self.momentum = momentum
        self.nesterov = nesterov
        self.newton_schulz_steps = newton_schulz_steps
        self.keep_norm = keep_norm

    def build(self, variables: list[keras.Variable]) -> None:
        """Make a sum of past gradients for each kernel."""
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: Any
    ) -> None:
        """One update of one kernel ``(..., inputs, outputs)``."""
        momentum = self.momentums[self._get_variable_index(variable)]
        total = self.momentum * momentum + gradient
        self.assign(momentum, total)
        direction = gradient + self.momentum * total if self.nesterov else total
        kernel = tf.convert_to_tensor(variable)
        if self.keep_norm:
            kernel = kernel * (variable.shape[-1] ** 0.5 / tf.norm(kernel))
        step = orthogonal(direction, self.newton_schulz_steps)
        self.assign(variable, kernel - learning_rate * step)


def orthogonal(kernel: tf.Tensor, steps: int) -> tf.Tensor:
    """The nearest matrix to a kernel whose singular values are all about one.

    Args:
        kernel: ``(..., inputs, outputs)`` float32; all axes but the last are one of the matrix.
        steps: iterations of Newton and Schulz; with five the singular values end
            between about 0.7 and 1.2, with three they come less near.

    Returns:
        The same shape; zero stays zero.
    """
    a, b, c = COEFFICIENTS
    matrix = tf.reshape(kernel, (-1, kernel.shape[-1]))
    is_tall = matrix.shape[0] > matrix.shape[1]
    if is_tall:  # the square below has the length of the shorter side
        matrix = tf.transpose(matrix)
    matrix = matrix / (tf.norm(matrix) + 1e-7)
    for _ in range(steps):
        square = tf.matmul(matrix, matrix, transpose_b=True)
        factor = b * square + c * tf.matmul(square, square)
        matrix = a * matrix + tf.matmul(factor, matrix)
    if is_tall:
        matrix = tf.transpose(matrix)
    return tf.reshape(matrix, kernel.shape)
