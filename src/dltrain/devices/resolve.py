"""What `auto` means: a pure function of the config, the model family, the device and CPU flags.

Never of a timing or a cache, nor of the number of replicas but for `jit`, which TensorFlow does
not have under several replicas. It is resolved once, shown, written into the run's `config.yaml` and
kept when the run is resumed.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import (
    CNNConfig,
    ExperimentConfig,
    LinearModelConfig,
    MLPConfig,
    NumbersSection,
    RandomConfig,
)
from dltrain.config.schema.models import RecurrentSection
from dltrain.config.split_sizes import total_steps
from dltrain.devices.arithmetic import multiply_adds

GPU_TENSOR_CORES_SINCE = (8, 0)  # compute capability from which bfloat16 has tensor cores
TARGET_FLOPS_PER_CALL = 5e9  # about a tenth of a second on two CPU cores
MOST_STEPS_PER_CALL = 64
MOST_RESIDENT_BYTES = 2**30
MOST_RESIDENT_BYTES_GPU = 2**32
STEPS_THAT_PAY_FOR_XLA = 4_000  # on a CPU: 1.2 to 1.7 s to compile, about 0.4 ms a step to gain


@dataclass(frozen=True)
class Device:
    """The facts about a machine that `auto` may depend on."""

    is_gpu: bool
    has_bfloat16_units: bool


def find_device() -> Device:
    """Look at the first GPU, or at the CPU's flags when there is none."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return Device(is_gpu=False, has_bfloat16_units=_cpu_has_amx())
    details = tf.config.experimental.get_device_details(gpus[0])
    capability = details.get("compute_capability", (0, 0))
    return Device(is_gpu=True, has_bfloat16_units=capability >= GPU_TENSOR_CORES_SINCE)


def _cpu_has_amx() -> bool:
    if sys.platform != "linux":
        return False
    return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def resolve_precision_and_jit(
    experiment: ExperimentConfig,
    device: Device,
    replicas: int,
    planned_steps: int | None = None,
    workers: int = 1,
) -> ExperimentConfig:
    """Settle `train.precision`, `train.jit` and `distribution` before the model is built.

    On a CPU, bfloat16 pays for convolutions, and XLA for small fully connected networks
    in float32 only; with random layers it is several times slower, and so it is for convolutions; but
    the optimizer's update, many small operations on the same values, becomes one. It takes
    a second or two to compile, which a short training does not win back. Under several
    replicas XLA is off by TensorFlow's own limits, and on a GPU some of its kernels (the
    gradients of max pooling and of an embedding) have no deterministic form, and cuDNN's
    recurrent layers are not for XLA. A teacher may be of any family.

    Numbers in units of their own stay in float32: bfloat16 cannot tell 2020 from 2021.

    Args:
        experiment: what is to be trained.
        device: on what.
        replicas: how many copies of the model there are.
        planned_steps: of the whole training where this is a small piece of it, which is then
            compiled as the whole would be; the config's own when absent.
        workers: how many processes hold the replicas.
    """
    train = experiment.train
    precision = train.precision
    if precision == "auto":
        pays = device.is_gpu or isinstance(experiment.model, CNNConfig)
        has_units = isinstance(experiment.data, NumbersSection | RandomConfig)
        is_coarse = device.has_bfloat16_units and pays and not has_units
        precision = "bfloat16" if is_coarse else "float32"
    jit = train.jit
    if jit == "auto":
        is_recurrent = isinstance(experiment.model, RecurrentSection)
        is_free_gpu = device.is_gpu and not train.deterministic
        pays = _is_plain_mlp(experiment, device) and (device.is_gpu or precision == "float32")
        pays = pays or (is_free_gpu and not is_recurrent)
        pays = pays and train.distillation is None
        steps = total_steps(experiment) if planned_steps is None else planned_steps
        is_long = device.is_gpu or steps >= STEPS_THAT_PAY_FOR_XLA
        jit = replicas == 1 and is_long and (True if pays else "update")
    name = "mirrored" if replicas > 1 else "one_device"
    name = "multi_worker" if workers > 1 else name
    return experiment.model_copy(
        update={
            "train": train.model_copy(update={"precision": precision, "jit": jit}),
            "distribution": experiment.distribution.model_copy(
                update={"name": name, "replicas": replicas}
            ),
        }
    )


def _is_plain_mlp(experiment: ExperimentConfig, device: Device) -> bool:
    model = experiment.model
    has_dropout = isinstance(model, MLPConfig) and model.dropout
    is_plain = isinstance(model, MLPConfig | LinearModelConfig) and not has_dropout
    if not is_plain or model.embedding.dropout:
        return False
    return not (device.is_gpu and info_of(experiment.data).modality == "text")


def resolve_steps_per_call(
    experiment: ExperimentConfig, model: keras.Model, teacher: keras.Model | None = None
) -> ExperimentConfig:
    """Settle `train.steps_per_call` by the arithmetic in one step of the built models.

    A call ends with its epoch at the latest, so that an epoch of one step is one call.
    """
    batch_size = experiment.data.batch_size
    if experiment.train.steps_per_call != "auto":
        return experiment
    steps = 1
    if batch_size != "all":
        flops = 6 * multiply_adds(model) * batch_size  # forward, and twice backward
        flops += 2 * multiply_adds(teacher) * batch_size if teacher else 0
        steps = max(1, min(MOST_STEPS_PER_CALL, round(TARGET_FLOPS_PER_CALL / max(flops, 1))))
    train = experiment.train.model_copy(update={"steps_per_call": steps})
    return experiment.model_copy(update={"train": train})


def resolve_resident(
    experiment: ExperimentConfig, device: Device, stored_bytes: int
) -> ExperimentConfig:
    """Settle `data.resident` by the size of the set, never by what memory is free.

    Examples that are all in one step have to be in memory together anyway.

    Args:
        experiment: what is to be trained.
        device: on what.
        stored_bytes: of the training examples as they are stored.
    """
    data = experiment.data
    if data.resident != "auto":
        return experiment
    most = MOST_RESIDENT_BYTES_GPU if device.is_gpu else MOST_RESIDENT_BYTES
    resident = data.batch_size == "all" or stored_bytes <= most
    return experiment.model_copy(update={"data": data.model_copy(update={"resident": resident})})
