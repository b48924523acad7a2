"""What `auto` means is a function of config, model family and device, and of nothing else."""

from itertools import product

import keras
import pytest

from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.devices import resolve
from dltrain.devices.resolve import (
    Device,
    resolve_precision_and_jit,
    resolve_resident,
    resolve_steps_per_call,
)

PLAIN_CPU, AMX_CPU = Device(is_gpu=False, has_bfloat16_units=False), Device(False, True)
OLD_GPU, NEW_GPU = Device(is_gpu=True, has_bfloat16_units=False), Device(True, True)
DEVICES = [PLAIN_CPU, AMX_CPU, OLD_GPU, NEW_GPU]


def experiment(*changes: str) -> ExperimentConfig:
    """A config of 11,000 steps with changes."""
    text = "data: {name: digits}\nmodel: {name: mlp}\ntrain: {epochs: 1000}\n"
    return load_text(text, "x.yaml", changes).experiment


def dense(units: int) -> keras.Model:
    """One fully connected layer on one number."""
    inputs = keras.Input((1,))
    return keras.Model(inputs, keras.layers.Dense(units)(inputs))


@pytest.mark.parametrize(
    ("model", "device", "expected"),
    [
        ("mlp", PLAIN_CPU, "float32"),
        ("mlp", AMX_CPU, "float32"),
        ("mlp", OLD_GPU, "float32"),
        ("mlp", NEW_GPU, "bfloat16"),
        ("lstm", AMX_CPU, "float32"),
        ("lstm", NEW_GPU, "bfloat16"),
        ("transformer", AMX_CPU, "float32"),
        ("cnn", PLAIN_CPU, "float32"),
        ("cnn", AMX_CPU, "bfloat16"),
        ("cnn", OLD_GPU, "float32"),
        ("cnn", NEW_GPU, "bfloat16"),
    ],
)
def test_precision(model: str, device: Device, expected: str) -> None:
    """bfloat16 needs units for it, and on a CPU a family for which it pays."""
    config = experiment(f"model.name={model}")
    assert resolve_precision_and_jit(config, device, 1).train.precision == expected


JIT = {  # model, dropout, deterministic: on a CPU, on a GPU
    ("mlp", 0.0, True): (True, True),
    ("mlp", 0.0, False): (True, True),
    ("linear", 0.0, True): (True, True),
    ("mlp", 0.5, True): ("update", "update"),
    ("mlp", 0.5, False): ("update", True),
    ("cnn", 0.0, True): ("update", "update"),
    ("cnn", 0.0, False): ("update", True),
    ("cnn", 0.5, True): ("update", "update"),
    ("cnn", 0.5, False): ("update", True),
    ("transformer", 0.0, False): ("update", True),
    ("lstm", 0.0, False): ("update", "update"),
    ("crnn", 0.0, False): ("update", "update"),
}


@pytest.mark.parametrize("case", JIT, ids=str)
def test_jit(case: tuple[str, float, bool]) -> None:
    """XLA is on where it pays and gives the same bits twice; never with several replicas."""
    model, dropout, deterministic = case
    config = experiment(
        f"model.name={model}",
        *([f"model.dropout={dropout}"] if dropout else []),
        f"train.deterministic={str(deterministic).lower()}",
    )
    on_cpu, on_gpu = JIT[case]
    for device in DEVICES:
        expected = on_gpu if device.is_gpu else on_cpu
        assert resolve_precision_and_jit(config, device, 1).train.jit == expected
        assert resolve_precision_and_jit(config, device, 2).train.jit is False


def test_jit_in_bfloat16() -> None:
    """On a CPU oneDNN has quicker products in bfloat16 than XLA."""
    config = experiment("train.precision=bfloat16")
    for device in DEVICES:
        expected = True if device.is_gpu else "update"
        assert resolve_precision_and_jit(config, device, 1).train.jit == expected


@pytest.mark.parametrize(
    ("dropout", "on_cpu"), [(0.0, True), (0.2, "update")], ids=["plain", "dropout"]
)
def test_jit_of_text(dropout: float, on_cpu: bool | str) -> None:
    """Dropout of an embedding is a random layer too, and on a GPU its gradient has to be repeatable."""
    changes = ("data.name=imdb", f"model.embedding.dropout={dropout}")
    for device in DEVICES:
        jit = resolve_precision_and_jit(experiment(*changes), device, 1).train.jit
        assert jit == ("update" if device.is_gpu else on_cpu)


@pytest.mark.parametrize(
    ("changes", "on_cpu"),
    [
        (["train.epochs=363"], False),
        (["train.epochs=364"], True),
        (["train.max_steps=3999"], False),
        (["data.batch_size=all"], False),
        (["data.batch_size=all", "train.epochs=4000"], True),
        (["train.epochs=10", "model.name=cnn"], False),
    ],
    ids=str,
)
def test_jit_of_short_trainings(changes: list[str], on_cpu: bool) -> None:
    """On a CPU fewer than 4,000 steps do not pay for compiling; eleven of them are an epoch."""
    config = experiment(*changes)
    assert resolve_precision_and_jit(config, PLAIN_CPU, 1).train.jit is on_cpu
    assert resolve_precision_and_jit(config, OLD_GPU, 1).train.jit in (True, "update")


@pytest.mark.parametrize("data", ["{name: random}", "{name: arrays, x: [1, 2], y: [0, 1]}"])
def test_jit_of_sets_without_facts_of_their_own(data: str) -> None:
    """Random and written-out numbers are no text: a plain network on them is compiled."""
    text = f"data: {data}\nmodel: {{name: linear}}\ntrain: {{epochs: 4000}}\n"
    config = load_text(text, "x.yaml").experiment
    for device in DEVICES:
        assert resolve_precision_and_jit(config, device, 1).train.jit is True


def test_kept() -> None:
    """What the config says is kept, on every device; nothing else is touched."""
    for precision, jit in product(["float32", "bfloat16", "float16"], [True, False, "update"]):
        config = experiment(f"train.precision={precision}", f"train.jit={str(jit).lower()}")
        for device in DEVICES:
            resolved = resolve_precision_and_jit(config, device, 1)
            assert (resolved.train.precision, resolved.train.jit) == (precision, jit)
            distribution = {"name": "one_device", "replicas": 1}
            expected = {**config.model_dump(), "distribution": distribution}
            assert resolved.model_dump() == expected


@pytest.mark.parametrize(
    ("replicas", "name"), [(1, "one_device"), (2, "mirrored"), (8, "mirrored")]
)
def test_distribution(replicas: int, name: str) -> None:
    """The replicas are written down, so that a resumed run has as many."""
    resolved = resolve_precision_and_jit(experiment(), PLAIN_CPU, replicas).distribution
    assert (resolved.name, resolved.replicas) == (name, replicas)


@pytest.mark.parametrize("device", DEVICES, ids=str)
@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_settled(model: str, device: Device) -> None:
    """Resolving twice changes nothing, and precision does not depend on the replicas."""
    config = experiment(f"model.name={model}")
    once = resolve_precision_and_jit(config, device, 2)
    assert resolve_precision_and_jit(once, device, 2) == once
    assert once.train.precision == resolve_precision_and_jit(config, device, 1).train.precision


@pytest.mark.parametrize(
    ("units", "batch_size", "expected"),
    [
        (1, 1, 64),  # tiny: as many as there may be
        (100_000, 100, 64),  # 6e7 in a step: 83 would be a call's worth
        (1_000_000, 100, 8),  # 6e8: 8.3
        (1_000_000, 1000, 1),  # 6e9: not even one, but one it is
    ],
)
def test_steps_per_call(units: int, batch_size: int, expected: int) -> None:
    """A call holds steps for about 5e9 operations, at least 1 and at most 64."""
    config = experiment(f"data.batch_size={batch_size}")
    assert resolve_steps_per_call(config, dense(units)).train.steps_per_call == expected


def test_resident() -> None:
    """Small sets are resident, larger ones on a GPU too; what a config says is kept."""

    def settled(gib: float, device: Device, *changes: str) -> bool | str:
        return resolve_resident(experiment(*changes), device, int(gib * 2**30)).data.resident

    assert settled(1, PLAIN_CPU) is True
    assert settled(1.01, AMX_CPU) is False
    assert settled(1.01, NEW_GPU) is True
    assert settled(4.01, NEW_GPU) is False
    assert settled(9, NEW_GPU, "data.batch_size=all") is True
    assert settled(9, PLAIN_CPU, "data.resident=true") is True
    assert settled(0, NEW_GPU, "data.resident=false") is False


def test_steps_per_call_of_full_batches() -> None:
    """A call ends with its epoch, so that where an epoch is one step a call is one too."""
    config = experiment("data.batch_size=all")
    assert resolve_steps_per_call(config, dense(1)).train.steps_per_call == 1


def test_a_teacher() -> None:
    """It computes in the step: no XLA for that, whatever its family, and fewer steps in a call."""
    config = experiment("train={epochs: 9000, distillation: {teacher: x}}", "data.batch_size=1000")
    assert resolve_precision_and_jit(config, PLAIN_CPU, 1).train.jit == "update"
    student, teacher = dense(50_000), dense(300_000)  # 6 * 5e4 + 2 * 3e5 operations an example
    assert resolve_steps_per_call(config, student).train.steps_per_call == 17
    assert resolve_steps_per_call(config, student, teacher).train.steps_per_call == 6


def test_steps_per_call_kept() -> None:
    """A number in the config is kept."""
    config = experiment("train.steps_per_call=7")
    assert resolve_steps_per_call(config, dense(1)) == config


@pytest.mark.parametrize(
    ("capability", "has_units"), [((7, 5), False), ((8, 0), True), ((9, 0), True), (None, False)]
)
def test_gpu(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int] | None, has_units: bool
) -> None:
    """A GPU has tensor cores for bfloat16 from compute capability 8.0 on."""
    details = {"compute_capability": capability} if capability else {}
    config = resolve.tf.config
    monkeypatch.setattr(config, "list_physical_devices", lambda _: ["gpu"])
    monkeypatch.setattr(config.experimental, "get_device_details", lambda _: details)
    assert resolve.find_device() == Device(is_gpu=True, has_bfloat16_units=has_units)


@pytest.mark.parametrize("has_amx", [True, False])
def test_cpu(monkeypatch: pytest.MonkeyPatch, has_amx: bool) -> None:
    """A CPU has units for bfloat16 when its flags say so."""
    monkeypatch.setattr(resolve.tf.config, "list_physical_devices", lambda _: [])
    monkeypatch.setattr(resolve.sys, "platform", "linux")
    flags = "flags : fpu sse amx_bf16 amx_tile\n" if has_amx else "flags : fpu sse avx512_bf16\n"
    monkeypatch.setattr(resolve.Path, "read_text", lambda *_, **__: flags)
    assert resolve.find_device() == Device(is_gpu=False, has_bfloat16_units=has_amx)
    monkeypatch.setattr(resolve.sys, "platform", "darwin")
    assert not resolve.find_device().has_bfloat16_units
