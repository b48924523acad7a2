"""Every knob of an experiment, typed, with its one-sentence meaning and range.

The tree is frozen and refuses unknown keys. A field's default is written here and
nowhere else. ``model``, ``data``, ``optimizer`` and ``optimizer.schedule`` are
unions tagged by ``name``. Checks that need two values at once are in
``dltrain.config.fit``.
"""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.functional_validators import BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
PositiveFloat = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
PositiveInt = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Activation = Literal["relu", "gelu", "silu", "elu", "selu", "tanh", "sigmoid", "softplus"]


def _auto_or_count(value: Any) -> int | str:
    if value == "auto" or (type(value) is int and value >= 1):
        return value
    raise PydanticCustomError("auto_or_count", "expected 'auto' or a whole number of at least 1")


AutoOrCount = Annotated[
    int | Literal["auto"],
    PlainValidator(_auto_or_count),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}]}),
]


def _jit(value: Any) -> bool | str:
    if value in ("auto", "update") or type(value) is bool:
        return value
    raise PydanticCustomError("jit", "expected 'auto', 'update' or true or false")


Jit = Annotated[
    bool | Literal["auto", "update"],
    PlainValidator(_jit),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"const": "update"}, {"type": "boolean"}]}),
]


def _validation_size(value: Any) -> float | int | str:
    is_count = type(value) is int and value >= 0
    is_fraction = type(value) is float and 0.0 <= value < 1.0
    if is_count or is_fraction or value == "official":
        return value
    raise PydanticCustomError(
        "validation_size",
        "expected a fraction of the training examples from 0 to below 1, "
        "a count of examples (0 for none), or 'official'",
    )


ValidationSize = Annotated[
    float | int | Literal["official"],
    PlainValidator(_validation_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
                {"const": "official"},
            ]
        }
    ),
]


class Section(BaseModel):
    """A part of the config: frozen, strict about types, without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


def _with_default_name(name: str, value: Any) -> Any:
    """Fill in the tag of a union that has a default, so that `{learning_rate: 0.1}` is enough."""
    return {"name": name, **value} if isinstance(value, dict) else value


class DataSection(Section):
    """What every dataset has in common."""

    batch_size: PositiveInt = 128
    """Examples per step over all replicas together (the global batch)."""
    validation: ValidationSize = 0.1
    """Examples set apart from training to choose the best checkpoint: a fraction, a count, 0 for none, or 'official'."""
    split_seed: Seed = 0
    """Decides which training examples go to validation; apart from `seed`, so that seeds share one split."""
    limit: PositiveInt | None = None
    """Train on the first N training examples only."""
    evaluation_limit: PositiveInt | None = None
    """Validate and test on the first N examples only."""
    drop_remainder: bool = False
    """Leave out the last batch of an epoch when it is smaller than batch_size."""
    synthetic: bool = False
    """Use generated examples of the same shape instead of the real ones."""


class DigitsConfig(DataSection):
    """1,797 real handwritten digits of 8x8 pixels that come with scikit-learn; needs no download."""

    name: Literal["digits"]


class MnistConfig(DataSection):
    """70,000 handwritten digits of 28x28 pixels (LeCun et al. 1998), from tensorflow-datasets."""

    name: Literal["mnist"]


DataConfig = Annotated[DigitsConfig | MnistConfig, Field(discriminator="name")]


class MLPConfig(Section):
    """Fully connected layers, one after the other."""

    name: Literal["mlp"]
    hidden_units: tuple[PositiveInt, ...] = (256, 128)
    """Units of each hidden layer; an empty list is a linear classifier."""
    activation: Activation = "relu"
    """Function after each hidden layer."""
    batch_norm: bool = False
    """Normalise each hidden layer over the global batch before its activation."""
    dropout: Fraction = 0.0
    """Part of each hidden layer's outputs set to zero while training."""


class CNNConfig(Section):
    """Stages of convolutions, each closed by a pooling, then a fully connected head."""

    name: Literal["cnn"]
    filters: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (32, 64)
    """Filters of each stage; one stage per number."""
    convolutions_per_stage: PositiveInt = 1
    """Convolutions before each pooling."""
    kernel_size: PositiveInt = 3
    """Height and width of each convolution in pixels."""
    padding: Literal["same", "valid"] = "same"
    """Whether convolutions keep the image size (same) or lose its border (valid)."""
    pool_size: PositiveInt = 2
    """Each stage divides height and width by this number; 1 leaves them."""
    activation: Activation = "relu"
    """Function after each convolution and each hidden layer of the head."""
    batch_norm: bool = True
    """Normalise each convolution over the global batch before its activation."""
    head: Literal["flatten", "average", "max"] = "flatten"
    """How the last feature maps become a vector: all values, or the mean or maximum of each map."""
    hidden_units: tuple[PositiveInt, ...] = ()
    """Units of the fully connected layers before the output."""
    dropout: Fraction = 0.0
    """Part of the inputs of each fully connected layer set to zero while training."""


ModelConfig = Annotated[MLPConfig | CNNConfig, Field(discriminator="name")]


class ScheduleSection(Section):
    """What every learning-rate schedule has in common."""

    warmup: Fraction = 0.0
    """Part of all steps over which the rate first rises linearly from zero."""


class ConstantConfig(ScheduleSection):
    """The same learning rate throughout."""

    name: Literal["constant"]


class CosineConfig(ScheduleSection):
    """Half a cosine from the learning rate down to `final` times it (Loshchilov and Hutter 2017)."""

    name: Literal["cosine"] = "cosine"
    final: Fraction = 0.0
    """Where the curve ends, right after the last step, as a part of the learning rate."""


ScheduleConfig = Annotated[
    ConstantConfig | CosineConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(_with_default_name, "cosine")),
]


class OptimizerSection(Section):
    """What every optimizer has in common."""

    schedule: ScheduleConfig = CosineConfig()
    """How the learning rate changes over the steps."""
    clip_norm: PositiveFloat | None = None
    """Scale the gradient down to this global norm when it is longer."""


class AdamWConfig(OptimizerSection):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    name: Literal["adamw"] = "adamw"
    learning_rate: PositiveFloat = 1e-3
    """Step size at the top of the schedule."""
    weight_decay: NonNegativeFloat = 0.01
    """Decay of kernels and embeddings, times the learning rate; biases and norms are left out."""
    beta_1: Fraction = 0.9
    """Decay of the running mean of gradients."""
    beta_2: Fraction = 0.999
    """Decay of the running mean of squared gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the denominator against division by zero."""


class SGDConfig(OptimizerSection):
    """Stochastic gradient descent, with momentum if wanted."""

    name: Literal["sgd"]
    learning_rate: PositiveFloat = 0.01
    """Step size at the top of the schedule."""
    momentum: Fraction = 0.9
    """Part of the last update carried into the next; 0 is plain gradient descent."""
    nesterov: bool = False
    """Look ahead along the momentum before taking the gradient (Sutskever et al. 2013)."""
    weight_decay: NonNegativeFloat = 0.0
    """Decay of kernels and embeddings, times the learning rate; biases and norms are left out."""


OptimizerConfig = Annotated[
    AdamWConfig | SGDConfig,
    Field(discriminator="name"),
    BeforeValidator(partial(_with_default_name, "adamw")),
]


class EarlyStoppingConfig(Section):
    """When to stop because validation no longer improves."""

    patience: PositiveInt
    """Validations in a row without improvement after which training stops."""
    min_delta: NonNegativeFloat = 0.0
    """Smallest change of the monitored figure that counts as an improvement."""


class TrainConfig(Section):
    """How long to train, what to watch and how to compute."""

    epochs: PositiveInt = 10
    """Passes over the training examples."""
    max_steps: PositiveInt | None = None
    """Stop after this many steps, also in the middle of an epoch; the schedule ends there too."""
    max_seconds: PositiveFloat | None = None
    """Stop after this many seconds of training; the schedule does not know it."""
    validate_every: PositiveInt = 1
    """Epochs from one validation to the next; the last epoch is always validated."""
    monitor: Literal["accuracy", "loss"] = "accuracy"
    """The validation figure that chooses the best checkpoint; the earliest wins a tie."""
    early_stopping: EarlyStoppingConfig | None = None
    """Stop when validation no longer improves; off when absent."""
    label_smoothing: Fraction = 0.0
    """Part of each label spread evenly over all classes."""
    ema: Fraction | None = None
    """Decay of the running average of the weights that validation, test and export then use; off when absent."""
    keep_checkpoints: PositiveInt = 2
    """Newest checkpoints kept beside the best one."""
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Numbers used inside the layers; variables, logits and loss are always float32."""
    jit: Jit = "auto"
    """Compile with XLA: whole steps (true), only the optimizer's update ('update'), or nothing (false)."""
    steps_per_call: AutoOrCount = "auto"
    """Steps in one compiled call; more of them hide Python's own time but answer Ctrl-C later."""
    deterministic: bool = True
    """Same config, same machine, same numbers to the last bit."""


class DistributionConfig(Section):
    """Which devices share the work."""

    name: Literal["auto", "one_device", "mirrored"] = "auto"
    """auto takes every GPU there is, or the CPU; mirrored keeps one copy of the model per device."""
    replicas: PositiveInt | None = None
    """Number of copies of the model; absent means one per GPU. Without GPUs they share the CPU."""


class ExperimentConfig(Section):
    """One experiment: one model, one dataset, one training."""

    seed: Seed = 0
    """Decides initial weights, the order of examples and every random layer."""
    data: DataConfig
    """The dataset and how it is split and batched."""
    model: ModelConfig
    """The model builder and its options."""
    optimizer: OptimizerConfig = AdamWConfig()
    """The optimizer, its learning rate and schedule."""
    train: TrainConfig = TrainConfig()
    """How long to train, what to watch and how to compute."""
    distribution: DistributionConfig = DistributionConfig()
    """Which devices share the work."""
