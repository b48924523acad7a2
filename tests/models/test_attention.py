"""Self-attention is that of Keras's own layer, which is slower."""

import keras
import numpy as np

from dltrain.models.attention import self_attention

PARTS = ("query", "key", "value", "output")
HEADS, DIM, TOKENS = 2, 8, 5


def both() -> tuple[keras.Model, keras.Model]:
    """Ours and Keras's own, from tokens and a mask, with the weights of ours."""
    tokens, mask = keras.Input((TOKENS, DIM)), keras.Input((TOKENS,), dtype="bool")
    ours = keras.Model([tokens, mask], self_attention(tokens, HEADS, "attention", mask))
    layer = keras.layers.MultiHeadAttention(HEADS, DIM // HEADS, use_bias=False)
    visible = keras.ops.expand_dims(mask, 1)
    theirs = keras.Model([tokens, mask], layer(tokens, tokens, attention_mask=visible))
    kernels = [ours.get_layer(f"attention_{part}").kernel.numpy() for part in PARTS]
    split = [kernel.reshape(DIM, HEADS, -1) for kernel in kernels[:3]]
    theirs.set_weights([*split, kernels[3].reshape(HEADS, -1, DIM)])
    return ours, theirs


def test_as_keras() -> None:
    """With the same weights both give the same for the same tokens and padding."""
    generator = np.random.default_rng(0)
    tokens = 3 * generator.normal(size=(3, TOKENS, DIM)).astype("float32")
    mask = np.arange(TOKENS) < np.array([[5], [3], [1]])
    results = [model([tokens, mask]).numpy() for model in both()]
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-5)


def test_nothing_looks_at_padding() -> None:
    """What stands at padding changes no other token."""
    ours, _ = both()
    tokens = np.random.default_rng(0).normal(size=(1, TOKENS, DIM)).astype("float32")
    mask = np.arange(TOKENS)[None] < 3
    changed = tokens.copy()
    changed[:, 3:] += 100.0
    seen = [ours([given, mask]).numpy()[:, :3] for given in (tokens, changed)]
    np.testing.assert_array_equal(*seen)


def test_beginning() -> None:
    """Weights begin as Keras's own do: uniform, up to the same limit."""
    tokens = keras.Input((2, 64))
    ours = keras.Model(tokens, self_attention(tokens, 4, "attention"))
    for part, shape in zip(PARTS, [(64, 4, 16)] * 3 + [(4, 16, 64)], strict=True):
        mine = np.abs(ours.get_layer(f"attention_{part}").kernel.numpy()).max()
        theirs = np.abs(keras.initializers.GlorotUniform(seed=0)(shape).numpy()).max()
        np.testing.assert_allclose(mine, theirs, rtol=0.01)


def test_alone() -> None:
    """A token alone is given its value, by the weights of value and output only."""
    token = keras.Input((1, 4))
    model = keras.Model(token, self_attention(token, 2, "attention"))
    value, output = (weight.numpy() for weight in model.trainable_weights)
    given = np.ones((1, 1, 4), "float32")
    np.testing.assert_allclose(model(given).numpy(), given @ value @ output, atol=1e-6)
