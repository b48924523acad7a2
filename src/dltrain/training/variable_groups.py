"""Which group a variable of a model belongs to, for learning rates of their own."""

from collections.abc import Iterable, Sequence

import keras

from dltrain.config.variable_groups import GROUPS, KERNEL
from dltrain.errors import UserError
from dltrain.models.build import OUTPUT_NAMES


def group_of(variable: keras.Variable) -> str:
    """``head``, ``embedding``, ``norm``, ``bias``, or ``kernel`` for all others."""
    layer, _, name = variable.path.rpartition("/")
    if layer.split("/")[0] in OUTPUT_NAMES:
        return "head"
    if name == "embeddings":
        return "embedding"
    if name in {"gamma", "beta"}:
        return "norm"
    return "bias" if name.endswith("bias") else KERNEL


def refuse_empty(groups: Iterable[str], present: Sequence[str]) -> None:
    """Refuse a group that no variable belongs to; a guard, for a config's check tells it first.

    Args:
        groups: the names a config gives.
        present: the group of each of the model's trainable variables.

    Raises:
        UserError: there is none for one of them.
    """
    for name in groups:
        if name not in present:
            raise UserError(
                f"optimizer.groups.{name}: this model has no {GROUPS[name]}.\n"
                "Remove the group, or give the model what it is for."
            )
