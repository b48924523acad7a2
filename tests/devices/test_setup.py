"""Threads, devices, precision and strategy are what the config says, or a sentence why not."""

from typing import Any

import keras
import pytest
import tensorflow as tf

from dltrain.config.schema import DistributionConfig
from dltrain.devices import setup
from dltrain.devices.environment import describe_environment, differing
from dltrain.devices.setup import Threads, describe_devices, prepare_tensorflow
from dltrain.devices.strategy import count_replicas, make_strategy, set_precision
from dltrain.errors import UserError


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that claims to have two GPUs."""
    find, details = tf.config.list_physical_devices, {"device_name": "Test 100"}
    names = {"GPU": ["first", "second"]}
    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind: names.get(kind) or find(kind)
    )
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda *_: None)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _: details)


def prepare(**changes: Any) -> tuple[str, ...]:
    """Prepare TensorFlow with the settings of this process, but for some."""
    settings = {
        "seed": 0,
        "deterministic": True,
        "threads": Threads.of_this_machine(),
        "distribution": DistributionConfig(),
    }
    return prepare_tensorflow(**{**settings, **changes})


def test_as_it_is() -> None:
    """Nothing is said where everything is as it should be."""
    assert prepare() == ()
    assert prepare(distribution=DistributionConfig(replicas=3)) == ()


def test_seed() -> None:
    """The same seed draws the same numbers."""
    drawn = []
    for seed in (1, 1, 2):
        prepare(seed=seed)
        drawn.append(keras.random.uniform((4,)).numpy().tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_other_threads() -> None:
    """Once TensorFlow runs its threads stay, and that is said."""
    tf.constant(0) + 1
    here = Threads.of_this_machine()
    (note,) = prepare(threads=Threads(intra_op=here.intra_op + 1, inter_op=7))
    assert note == (
        f"thread counts stay at {here.intra_op} and {here.inter_op} in this process instead of "
        f"{here.intra_op + 1} and 7; the last bits may differ"
    )


def test_too_many_cpus() -> None:
    """More logical CPUs than were made before TensorFlow started cannot be had."""
    tf.constant(0) + 1
    with pytest.raises(UserError) as raised:
        prepare(distribution=DistributionConfig(replicas=50))
    assert str(raised.value) == (
        "distribution.replicas: 50 cannot be set up: TensorFlow has already started in this "
        "process. Run it in a fresh process."
    )


@pytest.mark.usefixtures("gpus")
def test_too_many_gpus() -> None:
    """More replicas than GPUs are refused with their number."""
    prepare(distribution=DistributionConfig(replicas=2))
    with pytest.raises(UserError) as raised:
        prepare(distribution=DistributionConfig(replicas=3))
    assert str(raised.value) == (
        "distribution.replicas: 3 asks for more GPUs than the 2 found.\n"
        "Lower it, leave it out to use every GPU, or hide the GPUs with CUDA_VISIBLE_DEVICES=''."
    )


REPLICAS = [
    ({"name": "auto"}, 1, 2),
    ({"name": "auto", "replicas": 1}, 1, 1),
    ({"name": "auto", "replicas": 2}, 2, 2),
    ({"name": "mirrored"}, 1, 2),
    ({"name": "mirrored", "replicas": 2}, 2, 2),
    ({"name": "one_device"}, 1, 1),
]


@pytest.mark.parametrize(("section", "without", "_"), REPLICAS)
def test_replicas_on_cpus(section: dict[str, Any], without: int, _: int) -> None:
    """Without GPUs there are as many replicas as the config says, else one."""
    distribution = DistributionConfig(**section)
    assert count_replicas(distribution) == without
    assert make_strategy(distribution).num_replicas_in_sync == without


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize(("section", "_", "with_two"), REPLICAS)
def test_replicas_on_gpus(section: dict[str, Any], _: int, with_two: int) -> None:
    """With GPUs there is one replica on each, unless the config says otherwise."""
    assert count_replicas(DistributionConfig(**section)) == with_two


@pytest.mark.parametrize(
    ("precision", "policy"),
    [("bfloat16", "mixed_bfloat16"), ("float16", "mixed_float16"), ("float32", "float32")],
)
def test_precision(precision: str, policy: str) -> None:
    """Layers compute in the precision named and keep their variables in float32."""
    try:
        set_precision(precision)
        found = keras.config.dtype_policy()
        assert (found.name, found.variable_dtype) == (policy, "float32")
    finally:
        set_precision("float32")


@pytest.mark.parametrize(
    ("cores", "replicas", "jit", "line"),
    [
        (1, 1, False, "1 CPU core, float32"),
        (2, 1, True, "2 CPU cores, float32, XLA"),
        (2, 1, "update", "2 CPU cores, float32, XLA updates"),
        (4, 2, False, "4 CPU cores, 2 replicas, float32"),
    ],
)
def test_line_for_cpus(
    monkeypatch: pytest.MonkeyPatch, cores: int, replicas: int, jit: bool | str, line: str
) -> None:
    """The screen's line names the cores and replicas."""
    monkeypatch.setattr(setup, "usable_cores", lambda: cores)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])
    assert describe_devices(replicas, "float32", jit) == line


@pytest.mark.usefixtures("gpus")
def test_line_for_gpus() -> None:
    """The screen's line names the GPUs in use."""
    assert describe_devices(1, "bfloat16", jit=True) == "1 GPU (Test 100), bfloat16, XLA"
    assert describe_devices(2, "float32", jit=False) == "2 GPUs (Test 100), float32"


def test_same_environment() -> None:
    """Two descriptions of one machine do not differ."""
    first, second = (describe_environment(Threads(2, 2), 1) for _ in range(2))
    assert differing(first, second) == []


def test_differing() -> None:
    """Each difference is one phrase; what an older version did not record differs, too."""
    now = describe_environment(Threads(intra_op=2, inter_op=2), 1)
    before = {
        **now,
        "packages": {**now["packages"], "keras": "3.0", "numpy": None},
        "threads": {"intra_op": 4, "inter_op": 2},
        "replicas": 2,
    }
    del before["cpu"]
    packages = now["packages"]
    assert differing(now, before) == [
        f"keras {packages['keras']} instead of 3.0",
        f"numpy {packages['numpy']} instead of None",
        f"cpu {now['cpu']} instead of None",
        "threads {'intra_op': 2, 'inter_op': 2} instead of {'intra_op': 4, 'inter_op': 2}",
        "replicas 1 instead of 2",
    ]
    assert len(differing(now, {})) == 5
