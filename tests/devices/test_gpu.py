"""What is set for a GPU before TensorFlow computes, on a machine that claims to have some."""

import pytest
import tensorflow as tf

from dltrain.config.schema import DistributionConfig
from dltrain.devices.setup import Threads, prepare_tensorflow


def test_memory_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every GPU gives memory as it is asked for, so that others may use the rest."""
    grown = []
    kinds = {"GPU": ["first", "second"]}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: kinds.get(kind, []))
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda *given: grown.append(given)
    )
    prepare_tensorflow(
        seed=0,
        deterministic=True,
        threads=Threads.of_this_machine(),
        distribution=DistributionConfig(),
    )
    assert grown == [("first", True), ("second", True)]
