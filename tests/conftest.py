"""What every test may rely on: a clean environment, a cache of its own, several devices."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LOGICAL_CPUS = 3
FOREIGN_VARIABLES = (
    *("TFDS_DATA_DIR", "TF_CONFIG", "XLA_FLAGS", "KERAS_BACKEND"),
    *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"),
    *("GIT_DIR", "GIT_WORK_TREE"),
)


@pytest.fixture(scope="session")
def decode_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decode cache all tests share, so that each set is decoded once."""
    return tmp_path_factory.mktemp("decode_cache")


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, decode_cache: Path
) -> None:
    """Nothing of the person's home, cache or shell decides a test."""
    for name in FOREIGN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp()))
    monkeypatch.setenv("DLTRAIN_CACHE_DIR", str(decode_cache))


@pytest.fixture(scope="session")
def tensorflow() -> None:
    """Three logical CPUs, one thread per core and op determinism, set before TensorFlow starts."""
    import tensorflow as tf

    from dltrain.devices.setup import Threads

    threads = Threads.of_this_machine()
    tf.config.threading.set_intra_op_parallelism_threads(threads.intra_op)
    tf.config.threading.set_inter_op_parallelism_threads(threads.inter_op)
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = [tf.config.LogicalDeviceConfiguration()] * LOGICAL_CPUS
    tf.config.set_logical_device_configuration(cpu, logical)
    tf.config.experimental.enable_op_determinism()


@pytest.fixture(autouse=True)
def prepared_tensorflow(request: pytest.FixtureRequest) -> None:
    """Where a test module has imported TensorFlow, it is prepared before its first test."""
    if "tensorflow" in sys.modules:
        request.getfixturevalue("tensorflow")


@pytest.fixture(scope="session")
def real_data_dir() -> Callable[[str], Path]:
    """A function that gives the directory a real set lies in, or skips the test."""
    place = os.environ.get("DLTRAIN_TEST_DATA")

    def directory_of(name: str) -> Path:
        if not place:
            pytest.skip("DLTRAIN_TEST_DATA names no directory of prepared datasets")
        if not (Path(place) / name).is_dir():
            pytest.skip(f"DLTRAIN_TEST_DATA holds no {name}")
        return Path(place)

    return directory_of


@pytest.fixture
def write_run() -> Callable[..., Path]:
    """``write_run(path, config, losses, ...)`` writes a run directory by hand, without training.

    An epoch has the train and validation loss of a pair; its accuracies are one minus a tenth of
    them. The best epoch is that of the smallest validation loss.
    """

    def write(
        path: Path,
        config: str,
        losses: list[tuple[float, float | None]],
        status: str | None = "finished",
        **summary: Any,
    ) -> Path:
        path.mkdir(parents=True)
        (path / "config.yaml").write_text(config)
        (path / "manifest.json").write_text(json.dumps({"dataset": {"sha256": "0f"}}))
        lines = [
            {
                "kind": "epoch",
                "epoch": epoch,
                "step": 7 * epoch,
                "train": _figures(train),
                "validation": None if validation is None else _figures(validation),
                "learning_rate": 0.1,
                "timing": {"seconds": 0.5},
            }
            for epoch, (train, validation) in enumerate(losses, start=1)
        ]
        (path / "metrics.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        judged = [line for line in lines if line["validation"] is not None]
        best = min(judged, key=lambda line: line["validation"]["loss"]) if judged else None
        facts = {
            "status": status,
            "epochs": len(lines),
            "steps": 7 * len(lines),
            "best": best
            and {"epoch": best["epoch"], "step": best["step"], "checkpoint": "checkpoints/x"},
            "validation": best and best["validation"],
            "test": best and {**best["validation"], "examples": 50},
            "seconds": 0.5 * len(lines),
        }
        if status is not None:
            (path / "summary.json").write_text(json.dumps({**facts, **summary}))
        return path

    return write


def _figures(loss: float) -> dict[str, float]:
    return {"loss": loss, "accuracy": 1 - loss / 10}
