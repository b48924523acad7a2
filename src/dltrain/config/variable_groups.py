"""Which groups of variables a model has, told from its config before anything is built."""

from dltrain.config.schema import (
    CNNConfig,
    CRNNConfig,
    LinearModelConfig,
    MLPConfig,
    ModelConfig,
    TransformerConfig,
)
from dltrain.dataset_info import DatasetInfo

KERNEL = "kernel"
GROUPS = {
    "bias": "biases before the output layer",
    "norm": "scales or offsets of a normalisation",
    "embedding": "word vectors or learned positions",
    "head": "output layer",
}
"""What `optimizer.groups` can name; all other variables are kernels."""


def groups_of(model: ModelConfig, info: DatasetInfo) -> set[str]:
    """The groups that have a variable in a model, with ``kernel`` for those before the output.

    `dltrain.training.variable_groups.group_of` tells the same of each variable once it is there.
    """
    groups = {"head"}
    if info.modality == "text" or _has_learned_positions(model):
        groups.add("embedding")
    if _has_hidden_layers(model):
        groups.add(KERNEL)
        groups |= {"norm"} if _is_normalised(model) else {"bias"}
    if _has_biases_beside_norms(model):
        groups.add("bias")
    return groups


def _has_learned_positions(model: ModelConfig) -> bool:
    return isinstance(model, TransformerConfig) and model.positions == "learned"


def _has_hidden_layers(model: ModelConfig) -> bool:
    if isinstance(model, MLPConfig):
        return bool(model.hidden_units)
    return not isinstance(model, LinearModelConfig)


def _is_normalised(model: ModelConfig) -> bool:
    kinds = MLPConfig | CNNConfig | CRNNConfig | TransformerConfig
    return isinstance(model, kinds) and model.norm != "none"


def _has_biases_beside_norms(model: ModelConfig) -> bool:
    """Layers that no norm follows: a CNN's before its output, cells, and a transformer's."""
    if isinstance(model, CNNConfig):
        return bool(model.hidden_units)
    return not isinstance(model, LinearModelConfig | MLPConfig)
