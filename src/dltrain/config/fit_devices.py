"""Whether devices can share the work of an experiment, and XLA compile it."""

from dltrain.config.divisors import divisors_near
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import CNNConfig, CRNNConfig, ExperimentConfig, TransformerConfig


def device_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    """Return what keeps replicas from sharing batches, and XLA from compiling steps."""
    return [*_distribution_mistakes(experiment, pointer), *_jit_mistakes(experiment, pointer)]


def _distribution_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    distribution, batch_size = experiment.distribution, experiment.data.batch_size
    replicas = distribution.replicas or 1
    mistakes = _accumulation_mistakes(experiment, pointer)
    if batch_size != "all" and batch_size % replicas:
        below, above = batch_size // replicas * replicas, -(-batch_size // replicas) * replicas
        numbers = f"{below} or {above}" if below else f"{above}"
        mistakes.append(
            pointer.mistake(
                "data.batch_size",
                f"a batch of {batch_size} examples cannot be shared by {replicas} replicas",
                hint=f"write {numbers}, or another multiple of {replicas}",
                with_paths=("distribution.replicas",),
            )
        )
    if distribution.name == "one_device" and replicas > 1:
        mistakes.append(
            pointer.mistake(
                "distribution.replicas",
                f"'one_device' holds one replica, not {replicas}",
                hint="write 'name: mirrored' for several replicas",
                with_paths=("distribution.name",),
            )
        )
    return mistakes


def _accumulation_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    """Parts of unequal size would not weigh the same in batch normalisation."""
    batch_size, parts = experiment.data.batch_size, experiment.train.accumulation
    replicas = experiment.distribution.replicas or 1
    if batch_size == "all" or batch_size % replicas or batch_size // replicas % parts == 0:
        return []
    shared = f" on {replicas} replicas" if replicas > 1 else ""
    return [
        pointer.mistake(
            "train.accumulation",
            f"a batch of {batch_size} examples cannot be computed in {parts} equal parts{shared}",
            hint=f"write {divisors_near(parts, batch_size // replicas)}",
            with_paths=("data.batch_size", "distribution.replicas"),
        )
    ]


def _jit_mistakes(experiment: ExperimentConfig, pointer: Pointer) -> list[Mistake]:
    """What TensorFlow's XLA cannot compile; `auto` stays clear of it by itself."""
    train = experiment.train
    if train.jit in ("auto", False):
        return []
    mistakes = []
    if (experiment.distribution.replicas or 1) > 1:
        mistakes.append(
            pointer.mistake(
                "train.jit",
                "XLA cannot compile steps that several replicas share",
                hint="write 'jit: auto', or train on one device",
                with_paths=("distribution.replicas",),
            )
        )
    if train.jit is True and train.deterministic and _pools(experiment):
        mistakes.append(
            pointer.mistake(
                "train.jit",
                "XLA has no deterministic gradient of max pooling",
                hint="write 'jit: update' or 'jit: auto', or 'deterministic: false'",
                with_paths=(
                    *("model.name", "model.pool_size", "model.tokens"),
                    "train.deterministic",
                ),
            )
        )
    return mistakes


def _pools(experiment: ExperimentConfig) -> bool:
    """Tell whether the model takes the maximum over windows; over everything is another matter."""
    model = experiment.model
    if isinstance(model, CNNConfig):
        return max(model.pool_sizes()) > 1
    if isinstance(model, CRNNConfig):
        return model.pool_size > 1
    return isinstance(model, TransformerConfig) and model.tokens == "convolutions"
