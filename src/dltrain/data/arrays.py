"""Examples that stand in the config itself."""

import numpy as np

from dltrain.config.array_facts import classes_of
from dltrain.config.schema import ArraysConfig
from dltrain.data.examples import Columns
from dltrain.dataset_info import DatasetInfo


def make(config: ArraysConfig, info: DatasetInfo) -> dict[str, Columns]:
    """The written examples in their order, all of them to train on.

    Args:
        config: with ``x`` and ``y``, one entry per example.
        info: the facts of this config; their shape has an axis for the columns, features or
            channels also where ``x`` leaves it out.
    """
    inputs = np.array(config.x, np.float32).reshape(-1, *info.input_shape)
    classes = {value: index for index, value in enumerate(classes_of(config))}
    if classes:
        labels = np.array([classes[value] for value in config.y], np.int32)
    else:
        labels = np.array(config.y, np.float32)
    return {"train": {"inputs": inputs, "labels": labels}}
