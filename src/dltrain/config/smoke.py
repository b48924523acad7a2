"""Any experiment made small: a few steps in seconds that still pass every part of a run."""

from typing import Any, Literal

from dltrain.config.dataset_facts import info_of
from dltrain.config.schema import ExperimentConfig, SpeechCommandsConfig
from dltrain.config.split_sizes import total_steps, uncut_sizes

_EXAMPLES = 256
_EVALUATION_EXAMPLES = 128
_BATCH = 32
_EPOCHS = 2
_STEPS = 12


def shrink(experiment: ExperimentConfig, workers: int = 1) -> ExperimentConfig:
    """Return the experiment as so many workers run it with ``--smoke``; what was valid stays so."""
    data, train = experiment.data, experiment.train
    sizes = uncut_sizes(data, info_of(data))
    replicas = experiment.distribution.replicas or workers
    batch_size = _small_batch(data.batch_size, replicas * train.accumulation)
    examples = max(_EXAMPLES, replicas if batch_size == "all" else 2 * batch_size)
    evaluation = min(_EVALUATION_EXAMPLES, max(sizes.validation, sizes.test))
    values: dict[str, Any] = experiment.model_dump()
    values["data"] |= {
        "batch_size": batch_size,
        "limit": min(data.limit or examples, examples, sizes.train),
        "evaluation_limit": min(data.evaluation_limit or evaluation, evaluation) or None,
    }
    is_real_speech = isinstance(data, SpeechCommandsConfig) and not data.synthetic
    if is_real_speech and values["data"]["augmentation"]:
        # The few examples that are left may hold no noise to add; generated ones do.
        values["data"]["augmentation"]["noise_probability"] = 0.0
    values["train"] |= {
        "epochs": min(train.epochs, _EPOCHS),
        "max_steps": min(train.max_steps or _STEPS, _STEPS),
        "max_seconds": None,
        "validate_every": 1,
    }
    smaller = ExperimentConfig.model_validate(values)
    if train.lookahead is not None:
        every = min(train.lookahead.every, total_steps(smaller))
        values["train"]["lookahead"]["every"] = every
    return ExperimentConfig.model_validate(values)


def _small_batch(batch_size: int | Literal["all"], shares: int) -> int | Literal["all"]:
    """Return at most 32 examples, or one for each share, that divide among them; all stay all."""
    if batch_size == "all":
        return batch_size
    return min(batch_size, max(1, _BATCH // shares) * shares)
