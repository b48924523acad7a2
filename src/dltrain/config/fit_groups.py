"""Whether a model has the variables that an optimizer treats apart."""

from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import ExperimentConfig, MuonConfig
from dltrain.config.variable_groups import GROUPS, KERNEL, groups_of
from dltrain.dataset_info import DatasetInfo

_HIDDEN = ("model.name", "model.hidden_units")
_FROM = {
    "bias": (*_HIDDEN, "model.norm"),
    "norm": (*_HIDDEN, "model.norm"),
    "embedding": ("data.name", "model.name", "model.positions"),
}


def group_mistakes(
    experiment: ExperimentConfig, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return groups that no variable belongs to, and muon where it has nothing to move."""
    present = groups_of(experiment.model, info)
    mistakes = []
    if isinstance(experiment.optimizer, MuonConfig) and KERNEL not in present:
        mistakes.append(
            pointer.mistake(
                "optimizer.name",
                "muon moves kernels between input and output, and this model has none",
                hint="write 'name: adamw', or give the model hidden layers",
                with_paths=_HIDDEN,
            )
        )
    return mistakes + [
        pointer.mistake(
            f"optimizer.groups.{name}",
            f"this model has no {GROUPS[name]}",
            hint="remove the group, or give the model what it is for",
            with_paths=_FROM[name],
        )
        for name, group in experiment.optimizer.groups
        if group is not None and name not in present
    ]
