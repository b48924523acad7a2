"""Mistakes that only two values together make; run once every value alone is right."""

from collections.abc import Mapping

from dltrain.config.dataset_facts import info_of
from dltrain.config.fit_arrays import array_mistakes
from dltrain.config.fit_augmentation import augmentation_mistakes, view_mistakes
from dltrain.config.fit_data import data_mistakes
from dltrain.config.fit_devices import device_mistakes
from dltrain.config.fit_distillation import distillation_mistakes
from dltrain.config.fit_features import features_mistakes
from dltrain.config.fit_groups import group_mistakes
from dltrain.config.fit_model import model_mistakes
from dltrain.config.fit_optimizer import optimizer_mistakes
from dltrain.config.fit_options import order_mistakes, padding_mistakes
from dltrain.config.fit_task import task_mistakes
from dltrain.config.mistakes import Mistake
from dltrain.config.places import Place
from dltrain.config.pointing import Pointer
from dltrain.config.schema import ExperimentConfig


def mistakes_of(experiment: ExperimentConfig, origins: Mapping[str, Place]) -> list[Mistake]:
    """Return everything in which the parts of an experiment do not fit each other.

    Args:
        experiment: a valid tree.
        origins: where its values were written, as `load_config` returns them.
    """
    pointer = Pointer(origins)
    info = info_of(experiment.data)
    mistakes = [
        *device_mistakes(experiment, pointer),
        *optimizer_mistakes(experiment.optimizer, pointer),
    ]
    wrong_arrays = array_mistakes(experiment.data, pointer)
    if wrong_arrays:  # What an example is, and how many there are, is not known then.
        return mistakes + wrong_arrays
    mistakes += [
        *data_mistakes(experiment, info, pointer),
        *task_mistakes(experiment, info, pointer),
        *group_mistakes(experiment, info, pointer),
        *order_mistakes(experiment.data, experiment.model, pointer),
        *distillation_mistakes(experiment.train.distillation, info, pointer),
        *padding_mistakes(experiment.data, experiment.model, pointer),
    ]
    wrong_features = features_mistakes(experiment.data, info, pointer)
    if wrong_features:  # The size of an example is not known then.
        return mistakes + wrong_features
    return [
        *mistakes,
        *augmentation_mistakes(experiment.data, info, pointer),
        *view_mistakes(experiment.train.test_time_augmentation, info, pointer),
        *model_mistakes(experiment.model, info, pointer),
    ]
