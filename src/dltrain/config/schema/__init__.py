"""Every knob of an experiment, typed, with its one-sentence meaning and range.

The tree is frozen and refuses unknown keys. A field's default is written here and
nowhere else. Sections that come in several kinds are unions tagged by ``name``. Checks
that need two values at once are in ``dltrain.config.fit``.
"""

from dltrain.config.schema.augmentation import (
    AudioAugmentationConfig,
    ImageAugmentationConfig,
    TextAugmentationConfig,
)
from dltrain.config.schema.data import (
    ArraysConfig,
    BreastCancerConfig,
    Cifar10Config,
    DataConfig,
    DataSection,
    DiabetesConfig,
    DigitsConfig,
    ImageSection,
    ImdbConfig,
    MnistConfig,
    NumbersSection,
    RandomConfig,
    SpeechCommandsConfig,
    XorConfig,
)
from dltrain.config.schema.experiment import ExperimentConfig
from dltrain.config.schema.features import FeaturesConfig, FeaturesSection, LogMelConfig, MFCCConfig
from dltrain.config.schema.models import (
    CNNConfig,
    CRNNConfig,
    EmbeddingConfig,
    LinearModelConfig,
    LSTMConfig,
    MLPConfig,
    ModelConfig,
    ModelSection,
    RecurrentSection,
    TransformerConfig,
)
from dltrain.config.schema.optimizer import (
    AdagradConfig,
    AdamConfig,
    AdamWConfig,
    ConstantConfig,
    CosineConfig,
    ExponentialConfig,
    LinearConfig,
    OptimizerConfig,
    OptimizerSection,
    RMSpropConfig,
    ScheduleConfig,
    ScheduleSection,
    SGDConfig,
    StepConfig,
)
from dltrain.config.schema.train import DistributionConfig, EarlyStoppingConfig, TrainConfig
from dltrain.config.schema.values import Metric, Section

__all__ = [
    "AdagradConfig",
    "AdamConfig",
    "AdamWConfig",
    "ArraysConfig",
    "AudioAugmentationConfig",
    "BreastCancerConfig",
    "CNNConfig",
    "CRNNConfig",
    "Cifar10Config",
    "ConstantConfig",
    "CosineConfig",
    "DataConfig",
    "DataSection",
    "DiabetesConfig",
    "DigitsConfig",
    "DistributionConfig",
    "EarlyStoppingConfig",
    "EmbeddingConfig",
    "ExperimentConfig",
    "ExponentialConfig",
    "FeaturesConfig",
    "FeaturesSection",
    "ImageAugmentationConfig",
    "ImageSection",
    "ImdbConfig",
    "LSTMConfig",
    "LinearConfig",
    "LinearModelConfig",
    "LogMelConfig",
    "MFCCConfig",
    "MLPConfig",
    "Metric",
    "MnistConfig",
    "ModelConfig",
    "ModelSection",
    "NumbersSection",
    "OptimizerConfig",
    "OptimizerSection",
    "RMSpropConfig",
    "RandomConfig",
    "RecurrentSection",
    "SGDConfig",
    "ScheduleConfig",
    "ScheduleSection",
    "Section",
    "SpeechCommandsConfig",
    "StepConfig",
    "TextAugmentationConfig",
    "TrainConfig",
    "TransformerConfig",
    "XorConfig",
]
