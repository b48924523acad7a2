"""``model.keras`` is the tested model, for people who have no dltrain."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

USE_WITHOUT_DLTRAIN = """
import sys
sys.modules["dltrain"] = None  # any import of it fails
import keras, numpy as np
inputs = np.load(sys.argv[1])
for path in sys.argv[2:]:
    model = keras.models.load_model(path, safe_mode=True)
    assert str(model.input.dtype) == "uint8", model.input.dtype
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    probabilities = model(inputs, training=False).numpy()
    assert probabilities.dtype == np.float32
    np.save(path + ".npy", probabilities)
"""
CASES = {
    "cnn": ("cnn", {}),
    "bfloat16": ("mlp", {"train": {"precision": "bfloat16"}}),
}


@pytest.fixture(scope="module")
def exported(
    train: Callable[..., Any], small: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Any, Any, Any]]:
    """By case: the training, the uint8 inputs, and the probabilities plain Keras gave for them."""
    folder = tmp_path_factory.mktemp("exported")
    found: dict[str, Any] = {}

    def get(case: str) -> tuple[Any, Any, Any]:
        if not found:
            inputs = np.random.RandomState(0).randint(0, 17, size=(50, 8, 8, 1)).astype(np.uint8)
            np.save(folder / "inputs.npy", inputs)
            runs = {}
            for name, (model, sections) in CASES.items():
                runs[name] = train(folder / name, small(model, **sections))
            paths = [str(folder / name / "model.keras") for name in CASES]
            command = [sys.executable, "-c", USE_WITHOUT_DLTRAIN, str(folder / "inputs.npy")]
            done = subprocess.run(
                [*command, *paths], check=False, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, done.stderr
            for name, path in zip(CASES, paths, strict=True):
                found[name] = (runs[name], inputs, np.load(path + ".npy"))
        return found[case]

    return get


@pytest.mark.parametrize("case", CASES)
def test_plain_keras_gives_the_tested_probabilities(
    exported: Callable[[str], tuple[Any, Any, Any]], case: str
) -> None:
    """Its float32 probabilities are the softmax of the tested checkpoint's logits."""
    from dltrain.checkpoints import store
    from dltrain.checkpoints.variables import assign
    from dltrain.devices.strategy import set_precision
    from dltrain.models.build import build_model

    trained, inputs, probabilities = exported(case)
    checkpoint = store.load(trained.path / trained.summary["tested"])
    set_precision("float32")
    model = build_model(checkpoint.experiment.model, checkpoint.info)
    assign(checkpoint.arrays, {"average": model.variables}, written_by="this version")
    logits = model(inputs, training=False).numpy().astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5, atol=1e-7)
    assert probabilities.std() > 0.01  # it has learned something to compare


def test_a_bfloat16_training_is_judged_in_bfloat16(
    exported: Callable[[str], tuple[Any, Any, Any]],
) -> None:
    """The run says bfloat16 while its variables, and so its checkpoints, stay float32."""
    from dltrain.checkpoints import store

    trained, _, _ = exported("bfloat16")
    assert "bfloat16" in trained.watcher.facts.device
    arrays = store.load(trained.path / trained.summary["tested"]).arrays
    assert {str(array.dtype) for array in arrays.values()} <= {"float32", "uint32", "int64"}
