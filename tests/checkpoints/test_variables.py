"""Keras variables become arrays and come back, or the builder that changed is named."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltrain.checkpoints.variables import (
    assign,
    refuse_changed_builder,
    structure_of,
    to_arrays,
)
from dltrain.errors import CheckpointError


def build(units: int = 4, name: str = "hidden") -> keras.Model:
    """A model with a random layer."""
    inputs = keras.Input((3,), name="inputs")
    hidden = keras.layers.Dense(units, name=name)(inputs)
    return keras.Model(inputs, keras.layers.Dropout(0.5, name="dropout")(hidden), name="small")


def test_round_trip() -> None:
    """All variables of a model and its optimizer come back bit for bit, the seeds too."""
    model, optimizer = build(), keras.optimizers.AdamW(0.01)
    optimizer.build(model.trainable_variables)
    roles = {"model": model.variables, "optimizer": optimizer.variables}
    arrays = to_arrays(roles)
    assert list(arrays)[:3] == ["model/0000", "model/0001", "model/0002"]
    model(np.ones((2, 3), np.float32), training=True)
    optimizer.apply([tf.ones_like(v.value) for v in model.trainable_variables])
    assert any(arrays[key].tobytes() != array.tobytes() for key, array in to_arrays(roles).items())
    assign(arrays, roles, written_by="1.2.3")
    for key, array in to_arrays(roles).items():
        assert array.tobytes() == arrays[key].tobytes()
        assert (array.dtype, array.shape) == (arrays[key].dtype, arrays[key].shape)


def test_one_role() -> None:
    """A model can be restored without its optimizer."""
    first, second = build(), build()
    arrays = to_arrays({"model": first.variables, "optimizer": [keras.Variable(1.0)]})
    assign(arrays, {"model": second.variables}, written_by="1.2.3")
    np.testing.assert_array_equal(
        first.get_layer("hidden").kernel, second.get_layer("hidden").kernel
    )


def test_other_shape() -> None:
    """Another shape is refused with both shapes and the version that wrote it."""
    arrays, model = to_arrays({"model": build(4).variables}), build(5)
    with pytest.raises(CheckpointError) as raised:
        assign(arrays, {"model": model.variables}, written_by="1.2.3")
    assert str(raised.value) == (
        "the checkpoint's model/0000 is float32 (3, 4), the model's hidden/kernel is float32 "
        "(3, 5): its builder has changed since dltrain 1.2.3."
    )


def test_other_dtype() -> None:
    """So is another dtype of the same size."""
    arrays, model = to_arrays({"model": build().variables}), build()
    arrays["model/0001"] = arrays["model/0001"].view(np.int32)
    with pytest.raises(CheckpointError, match=r"model/0001 is int32 \(4,\).* is float32 \(4,\)"):
        assign(arrays, {"model": model.variables}, written_by="1.2.3")


def test_other_number() -> None:
    """So is another number of variables."""
    model = build()
    arrays = to_arrays({"model": model.variables[:2]})
    with pytest.raises(CheckpointError) as raised:
        assign(arrays, {"model": model.variables}, written_by="1.2.3")
    assert str(raised.value) == (
        "the checkpoint holds 2 model variables, the model built from its config has 3: its "
        "builder has changed since dltrain 1.2.3."
    )


def test_structure() -> None:
    """The structure is that of the layers and variables, not of the process or the values."""
    structures = [structure_of(build()) for _ in range(2)]
    assert structures[0] == structures[1]
    assert len({structures[0], structure_of(build(5)), structure_of(build(name="other"))}) == 3


def with_operations(factor: float) -> keras.Model:
    """A model with operations that are no layers, which Keras names by counting."""
    inputs = keras.Input((3,), name="inputs")
    mixed = keras.ops.matmul(keras.ops.relu(inputs), np.full((3, 3), factor, np.float32))
    outputs = keras.layers.Dense(2, activation="relu", name="outputs")(mixed)
    return keras.Model(inputs, outputs, name="small")


def test_structure_of_operations() -> None:
    """Neither do the names count that Keras gives operations; their constants do."""
    first, second = with_operations(1.0), with_operations(1.0)
    assert [op.name for op in first.operations] != [op.name for op in second.operations]
    assert structure_of(first) == structure_of(second)
    assert structure_of(with_operations(2.0)) != structure_of(first)


def test_changed_builder() -> None:
    """A builder that makes another model is refused with the version to use."""
    refuse_changed_builder(structure_of(build()), structure_of(build()), "1.2.3")
    with pytest.raises(CheckpointError) as raised:
        refuse_changed_builder(structure_of(build(5)), structure_of(build()), "1.2.3")
    assert str(raised.value) == (
        "the model built from the checkpoint's config is not the one it was made with: the "
        "builder has changed since dltrain 1.2.3.\n"
        "Use dltrain 1.2.3 for this run, or train it again with --fresh."
    )
