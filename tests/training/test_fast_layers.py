"""Quick layers compute what Keras's own compute."""

from typing import Any

import numpy as np
import pytest


def small_model(dtype: str, shape: tuple[int, ...], *, synchronized: bool = False) -> Any:
    """A convolution and a batch norm without scale, from fixed weights."""
    import keras

    keras.utils.set_random_seed(3)
    policy = keras.DTypePolicy(dtype if dtype == "float32" else f"mixed_{dtype}")
    inputs = keras.Input(shape, batch_size=6)
    kind = keras.layers.Conv2D if len(shape) == 3 else keras.layers.Conv1D
    convolution = kind(5, 3, padding="same", use_bias=False, dtype=policy, name="convolution")
    norm = keras.layers.BatchNormalization(
        scale=False, momentum=0.6, dtype=policy, name="norm", synchronized=synchronized
    )
    return keras.Model(inputs, norm(convolution(inputs)))


def step_of(model: Any, inputs: Any, *, jit: bool = False) -> list[Any]:
    """Outputs, gradients and running means of one training call, inside a compiled function."""
    import tensorflow as tf

    weights = tf.constant(np.random.default_rng(1).normal(size=(5,)).astype("f4"))

    @tf.function(autograph=False, jit_compile=jit)
    def compute() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = tf.cast(model(inputs, training=True), tf.float32)
            loss = tf.reduce_sum(tf.sin(outputs) * weights)
        sources = [inputs, *[item.value for item in model.trainable_variables]]
        return outputs, tape.gradient(loss, sources)

    outputs, gradients = compute()
    return [item.numpy() for item in (outputs, *gradients, *model.non_trainable_variables)]


@pytest.mark.parametrize(
    ("dtype", "shape", "jit", "tolerance"),
    [
        ("float32", (7, 6, 4), False, 1e-5),
        ("float32", (7, 6, 4), True, 1e-5),
        ("float32", (9, 4), False, 1e-5),
        ("bfloat16", (7, 6, 4), False, 5e-2),
        ("bfloat16", (7, 6, 4), True, 5e-2),
        ("float16", (7, 6, 4), False, 5e-3),
    ],
)
def test_same_step(
    tensorflow: None,  # noqa: ARG001
    dtype: str,
    shape: tuple[int, ...],
    jit: bool,
    tolerance: float,
) -> None:
    """Outputs, all gradients, running mean and variance are those of the layers as Keras has them."""
    import tensorflow as tf

    from dltrain.training.fast_layers import make_fast

    inputs = tf.constant(np.random.default_rng(0).normal(1.0, 2.0, (6, *shape)).astype("f4"))
    plain, fast = small_model(dtype, shape), small_model(dtype, shape)
    make_fast(fast, on_gpu=False)
    steps = [step_of(model, inputs, jit=jit) for model in (plain, fast)]
    for expected, found in zip(*steps, strict=True):
        np.testing.assert_allclose(
            found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max()
        )


def test_only_where_it_is_slow(tensorflow: None) -> None:  # noqa: ARG001
    """A convolution in float32 keeps TensorFlow's gradient; one of bfloat16 on small maps does not, but on a GPU."""
    from dltrain.training.fast_layers import make_fast

    def changed(dtype: str, *, on_gpu: bool) -> bool:
        model = small_model(dtype, (7, 6, 4))
        make_fast(model, on_gpu=on_gpu)
        return "convolution_op" in vars(model.get_layer("convolution"))

    assert not changed("float32", on_gpu=False)
    assert changed("bfloat16", on_gpu=False)
    assert not changed("bfloat16", on_gpu=True)


def test_synchronised_norms_are_left_alone(tensorflow: None) -> None:  # noqa: ARG001
    """No fused kernel sums over replicas, so such a norm keeps Keras's own call."""
    from dltrain.training.fast_layers import make_fast

    def changed(*, synchronized: bool) -> bool:
        model = small_model("float32", (7, 6, 4), synchronized=synchronized)
        plain = model.get_layer("norm").call
        make_fast(model, on_gpu=False)
        return bool(model.get_layer("norm").call != plain)

    assert changed(synchronized=False)
    assert not changed(synchronized=True)


def test_saved_model_is_plain(tensorflow: None, tmp_path: Any) -> None:  # noqa: ARG001
    """A model with quick layers is saved and loaded as any other, and predicts the same."""
    import keras

    from dltrain.training.fast_layers import make_fast

    model = small_model("float32", (7, 6, 4))
    make_fast(model, on_gpu=False)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    inputs = np.random.default_rng(0).normal(size=(6, 7, 6, 4)).astype("f4")
    np.testing.assert_array_equal(model(inputs), again(inputs))
