"""Layer normalisation whose gradient is written out, in fewer passes over memory."""

from typing import Any

import keras
import tensorflow as tf

from dltrain.models.training_layers import trains_on_cpu


def layer_norm(name: str, *, scale: bool = True) -> keras.layers.Layer:
    """Layer normalisation; for a model that is to be trained on a CPU the quick one, if it has a scale."""
    if scale and trains_on_cpu():
        return QuickLayerNorm(name=name)
    return keras.layers.LayerNormalization(scale=scale, name=name)


class QuickLayerNorm(keras.layers.LayerNormalization):  # type: ignore[misc] # Keras has no types
    """Over the last axis; as Keras has it but while training."""

    def call(self, inputs: tf.Tensor, *, training: bool = False) -> tf.Tensor:
        """``(batch, ..., features)``, normalised in float32."""
        if not training:
            return super().call(inputs)
        scale, shift = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        outputs = _normalised(tf.cast(inputs, tf.float32), scale, shift, self.epsilon)
        return tf.cast(outputs, self.compute_dtype)


def _normalised(inputs: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, epsilon: float) -> tf.Tensor:
    @tf.custom_gradient
    def normalise(inputs: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) -> Any:
        centred = inputs - _mean(inputs)
        steepness = tf.math.rsqrt(_mean(centred * centred) + epsilon)
        normal = centred * steepness

        def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            rows = list(range(upstream.shape.rank - 1))
            by_normal = upstream * scale
            across = _mean(by_normal) + normal * _mean(by_normal * normal)
            return (
                steepness * (by_normal - across),
                tf.reduce_sum(upstream * normal, rows),
                tf.reduce_sum(upstream, rows),
            )

        return normal * scale + shift, gradients

    return normalise(inputs, scale, shift)


def _mean(tensor: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tensor, axis=-1, keepdims=True)
