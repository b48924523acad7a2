"""Where the teacher of a distillation lies."""

from pathlib import Path

from dltrain.config.load import LoadedConfig
from dltrain.config.places import SET_SOURCE


def teacher_path(loaded: LoadedConfig) -> Path | None:
    """Return the path of `train.distillation.teacher`, or None where nothing is distilled.

    It is relative to the file it was written in, as that of `extends` is, and from ``--set``
    relative to the working directory.
    """
    distillation = loaded.experiment.train.distillation
    if distillation is None:
        return None
    source = loaded.origins["train.distillation.teacher"].source
    folder = Path() if source == SET_SOURCE else Path(source).parent
    return folder / distillation.teacher
