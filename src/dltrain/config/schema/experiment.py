"""One experiment: the root of the tree."""

from dltrain.config.schema.data import DataConfig
from dltrain.config.schema.models import ModelConfig
from dltrain.config.schema.optimizer import AdamWConfig, OptimizerConfig
from dltrain.config.schema.train import DistributionConfig, TrainConfig
from dltrain.config.schema.values import Section, Seed


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
