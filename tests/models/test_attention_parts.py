"""Attention some examples at a time is attention: the same outputs and the same gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.models import attention_parts
from dltrain.models.attention import self_attention
from dltrain.models.training_layers import built_for_training

BATCH, TOKENS, DIM, HEADS = 7, 5, 8, 2
BYTES_OF_ONE = HEADS * TOKENS * TOKENS * 4


def model(*, in_parts: bool) -> keras.Model:
    """From tokens and a mask to what they see; the same weights each time."""
    keras.utils.set_random_seed(0)
    tokens, mask = keras.Input((TOKENS, DIM)), keras.Input((TOKENS,), dtype="bool")
    with built_for_training(on_cpu=in_parts):
        seen = self_attention(tokens, HEADS, "attention", mask)
    return keras.Model([tokens, mask], seen)


def results(model: keras.Model, *, training: bool = True, batch: int = BATCH) -> list[np.ndarray]:
    """Outputs and the gradients of tokens and weights."""
    generator = np.random.default_rng(0)
    tokens = tf.constant(generator.normal(size=(batch, TOKENS, DIM)), "float32")
    lengths = generator.integers(1, TOKENS + 1, (batch, 1))
    mask = tf.constant(np.arange(TOKENS) < lengths)
    counts = generator.normal(size=(batch, TOKENS, DIM))

    @tf.function(autograph=False)
    def compute() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(tokens)
            seen = tf.cast(model([tokens, mask], training=training), tf.float32)
            loss = tf.reduce_sum(tf.sin(seen) * counts)
        weights = [weight.value for weight in model.trainable_weights]
        return [seen, *tape.gradient(loss, [tokens, *weights])]

    return [tensor.numpy() for tensor in compute()]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three examples in a part; the last of seven is alone."""
    monkeypatch.setattr(attention_parts, "FEWEST_SCORES", 0)
    monkeypatch.setattr(attention_parts, "SCORES_AT_ONCE", 3 * BYTES_OF_ONE)


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 2e-6), ("mixed_bfloat16", 4e-2)])
def test_same(small_parts: None, precision: str, tolerance: float) -> None:  # noqa: ARG001
    """Parts of three, three and one example."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        pairs = zip(results(model(in_parts=True)), results(model(in_parts=False)), strict=True)
        for mine, whole in pairs:
            np.testing.assert_allclose(mine, whole, atol=tolerance * np.abs(whole).max())
    finally:
        keras.config.set_dtype_policy(before)


def test_divided(monkeypatch: pytest.MonkeyPatch, small_parts: None) -> None:  # noqa: ARG001
    """Scores are made of no more examples than fit; and all at once when judged."""
    made: list[int] = []
    attend = attention_parts.attend

    def watched(*part: tf.Tensor) -> tf.Tensor:
        made.append(part[0].shape[0])
        return attend(*part)

    divided = model(in_parts=True)
    monkeypatch.setattr(attention_parts, "attend", watched)
    results(divided)
    assert made == [3, 3, 1]
    made.clear()
    results(divided, training=False)
    assert made == [BATCH]


def test_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of many examples is a graph of few parts."""
    monkeypatch.setattr(attention_parts, "FEWEST_SCORES", 0)
    monkeypatch.setattr(attention_parts, "SCORES_AT_ONCE", 1)
    shape = tf.TensorShape((1000, HEADS, TOKENS, DIM))
    assert attention_parts._examples_at_once(shape) == 16


def test_small_batches_are_whole() -> None:
    """What fits into the cache is not divided, nor what has no known size."""
    for batch in (BATCH, None):
        shape = tf.TensorShape((batch, HEADS, TOKENS, DIM))
        assert attention_parts._examples_at_once(shape) is None


def test_same_variables() -> None:
    """A checkpoint fits both."""
    names = [[weight.path for weight in model(in_parts=each).weights] for each in (True, False)]
    assert names[0] == names[1]
