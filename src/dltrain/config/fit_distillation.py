"""Whether there is anything that a teacher could say."""

from pathlib import Path

from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import DistillationConfig
from dltrain.dataset_info import DatasetInfo

_SECTION = "train.distillation"


def distillation_mistakes(
    config: DistillationConfig | None, info: DatasetInfo, pointer: Pointer
) -> list[Mistake]:
    """Return what is wrong with a teacher before anybody has looked for it."""
    if config is None:
        return []
    mistakes = []
    if info.task == "regression":
        message = f"a teacher names classes, and '{info.name}' asks for a number"
        hint = f"remove {_SECTION}"
        mistakes.append(pointer.mistake(_SECTION, message, hint=hint, with_paths=("data.name",)))
    begins_at_home = config.teacher.startswith("~")
    if begins_at_home or Path(config.teacher).is_absolute():  # so that a run may be moved
        what = "begins at a home directory" if begins_at_home else "is absolute"
        message = f"the path {what}, and a run directory holds no such path"
        hint = "write it relative to this file, or with --set to the working directory"
        mistakes.append(pointer.mistake(f"{_SECTION}.teacher", message, hint=hint))
    return mistakes
