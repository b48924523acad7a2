"""What `auto` means: a pure function of the config, the model family, the device and CPU flags.

Never of a timing or a cache, nor of the number of replicas but for `jit`, which TensorFlow does
not have under several replicas. It is resolved once, shown, written into the run's `config.yaml` and
kept when the run is resumed.
"""

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import CNNConfig, ExperimentConfig, LinearModelConfig, MLPConfig
from dltrain.config.schema.models import RecurrentSection
from dltrain.config.split_sizes import split_sizes
from dltrain.devices.arithmetic import multiply_adds

GPU_TENSOR_CORES_SINCE = (8, 0)  # compute capability from which bfloat16 has tensor cores
TARGET_FLOPS_PER_CALL = 5e9  # about a tenth of a second on two CPU cores
MOST_STEPS_PER_CALL = 64
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
    experiment: ExperimentConfig, device: Device, replicas: int
) -> ExperimentConfig:
    """Settle `train.precision`, `train.jit` and `distribution` before the model is built.

    On a CPU, bfloat16 pays for convolutions, and XLA for small fully connected networks
    only; with random layers it is several times slower, and so it is for convolutions; but
    the optimizer's update, many small operations on the same values, becomes one. It takes
    a second or two to compile, which a short training does not win back. Under several
    replicas XLA is off by TensorFlow's own limits, and on a GPU some of its kernels (the
    gradients of max pooling and of an embedding) have no deterministic form, and cuDNN's
    recurrent layers are not for XLA.
    """
    train = experiment.train
    precision = train.precision
    if precision == "auto":
        pays = device.is_gpu or isinstance(experiment.model, CNNConfig)
        precision = "bfloat16" if device.has_bfloat16_units and pays else "float32"
    jit = train.jit
    if jit == "auto":
        is_recurrent = isinstance(experiment.model, RecurrentSection)
        is_free_gpu = device.is_gpu and not train.deterministic
        pays = _is_plain_mlp(experiment, device) or (is_free_gpu and not is_recurrent)
        is_long = device.is_gpu or _total_steps(experiment) >= STEPS_THAT_PAY_FOR_XLA
        jit = replicas == 1 and is_long and (True if pays else "update")
    name = "mirrored" if replicas > 1 else "one_device"
    return experiment.model_copy(
        update={
            "train": train.model_copy(update={"precision": precision, "jit": jit}),
            "distribution": experiment.distribution.model_copy(
                update={"name": name, "replicas": replicas}
            ),
        }
    )


def _total_steps(experiment: ExperimentConfig) -> int:
    """How many steps the config asks for, if the dataset is as large as published."""
    data, train = experiment.data, experiment.train
    examples = split_sizes(data, info_of(data)).train
    per_epoch = 1 if data.batch_size == "all" else math.ceil(examples / data.batch_size)
    steps = per_epoch * train.epochs
    return steps if train.max_steps is None else min(steps, train.max_steps)


def _is_plain_mlp(experiment: ExperimentConfig, device: Device) -> bool:
    model = experiment.model
    has_dropout = isinstance(model, MLPConfig) and model.dropout
    is_plain = isinstance(model, MLPConfig | LinearModelConfig) and not has_dropout
    if not is_plain or model.embedding.dropout:
        return False
    return not (device.is_gpu and info_of(experiment.data).modality == "text")


def resolve_steps_per_call(experiment: ExperimentConfig, model: keras.Model) -> ExperimentConfig:
    """Settle `train.steps_per_call` by the arithmetic in one step of the built model.

    A call ends with its epoch at the latest, so that an epoch of one step is one call.
    """
    batch_size = experiment.data.batch_size
    if experiment.train.steps_per_call != "auto":
        return experiment
    steps = 1
    if batch_size != "all":
        flops = 6 * multiply_adds(model) * batch_size  # forward, and twice backward
        steps = max(1, min(MOST_STEPS_PER_CALL, round(TARGET_FLOPS_PER_CALL / max(flops, 1))))
    train = experiment.train.model_copy(update={"steps_per_call": steps})
    return experiment.model_copy(update={"train": train})
