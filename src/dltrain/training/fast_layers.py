"""Layers of a trained model that compute the same by quicker means, where TensorFlow has them.

Keras normalises a batch in about a dozen passes over it; TensorFlow's fused kernel does it in
few. And the gradient of a convolution's kernel in bfloat16 is, in oneDNN on a CPU, up to five
times as slow as the convolution itself; on small maps a product of matrices is faster
(benchmarks/convolutions.py). Only how a
layer of this process computes is changed: what is saved stays a plain Keras model.
"""

from typing import Any

import keras
import tensorflow as tf

IMAGE_AXES = 4
SMALL = 8  # rows and columns of the largest maps on which products of matrices are faster


def make_fast(model: keras.Model, *, on_gpu: bool) -> None:
    """Change how the layers of a model that is to be trained compute; not what.

    Batch norm over several replicas is left alone: no fused kernel is synchronised.

    Args:
        model: just built; not yet traced.
        on_gpu: whether it is trained on GPUs, whose own kernels are quick.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization) and not layer.synchronized:
            layer.call = _FusedBatchNorm(layer)
        elif isinstance(layer, keras.layers.Conv2D) and not on_gpu and _has_slow_gradient(layer):
            layer.convolution_op = _convolve


class _FusedBatchNorm:
    """Batch normalisation of ``(batch, ..., channels)`` by one kernel, while training."""

    def __init__(self, layer: keras.layers.BatchNormalization) -> None:
        self._layer = layer
        self._plain = layer.call

    def __call__(self, inputs: tf.Tensor, training: bool | None = None, mask: Any = None) -> Any:
        layer = self._layer
        if not (training and layer.trainable):
            return self._plain(inputs, training=training, mask=mask)
        ones = tf.ones_like(layer.moving_mean.value)
        is_image = inputs.shape.rank == IMAGE_AXES  # all that the kernel takes
        maps = inputs if is_image else tf.reshape(inputs, (-1, 1, 1, inputs.shape[-1]))
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            maps,
            ones if layer.gamma is None else tf.convert_to_tensor(layer.gamma),
            tf.zeros_like(ones) if layer.beta is None else tf.convert_to_tensor(layer.beta),
            epsilon=layer.epsilon,
            is_training=True,
        )
        count = tf.cast(tf.reduce_prod(tf.shape(maps)[:-1]), tf.float32)
        variance = variance * ((count - 1.0) / count)  # that of the batch, as Keras has it
        _move(layer.moving_mean, mean, layer.momentum)
        _move(layer.moving_variance, variance, layer.momentum)
        return outputs if is_image else tf.reshape(outputs, tf.shape(inputs))


def _move(average: keras.Variable, now: tf.Tensor, momentum: float) -> None:
    average.assign(average * momentum + now * (1.0 - momentum))


def _has_slow_gradient(layer: keras.layers.Conv2D) -> bool:
    height, width = layer.input.shape[1:3]
    return (
        layer.compute_dtype == "bfloat16"
        and max(height, width) <= SMALL
        and layer.padding == "same"
        and set(layer.strides) | set(layer.dilation_rate) == {1}
        and layer.groups == 1
        and all(length % 2 for length in layer.kernel_size)
    )


@tf.custom_gradient
def _convolve(inputs: tf.Tensor, kernel: tf.Tensor) -> Any:
    """A convolution with padding ``same``, strides of 1 and a kernel of uneven size."""

    def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        turned = tf.transpose(tf.reverse(kernel, [0, 1]), (0, 1, 3, 2))
        return tf.nn.conv2d(upstream, turned, 1, "SAME"), kernel_gradient(
            inputs, upstream, kernel.shape
        )

    kernel = tf.convert_to_tensor(kernel)
    return tf.nn.conv2d(inputs, kernel, 1, "SAME"), gradients


def kernel_gradient(inputs: tf.Tensor, upstream: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    """The gradient of a convolution's kernel as products of matrices, one for each of its rows.

    Args:
        inputs: ``(batch, height, width, channels)``.
        upstream: ``(batch, height, width, filters)``, the gradient of the convolution.
        shape: of the kernel, ``(rows, columns, channels, filters)``.
    """
    rows, columns, channels, filters = shape
    height, width = inputs.shape[1:3]
    above, left = rows // 2, columns // 2
    padded = tf.pad(inputs, [[0, 0], [above, above], [left, left], [0, 0]])
    beside = tf.concat([padded[:, :, first : first + width] for first in range(columns)], -1)
    flat = tf.reshape(upstream, (-1, filters))
    products = [
        tf.matmul(
            tf.reshape(beside[:, first : first + height], (-1, columns * channels)),
            flat,
            transpose_a=True,
        )
        for first in range(rows)
    ]
    return tf.reshape(tf.stack(products), (rows, columns, channels, filters))
