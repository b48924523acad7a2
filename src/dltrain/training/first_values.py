"""Variables that begin at values taken from the training examples."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from dltrain.data.dataset import Dataset
from dltrain.devices.team import Team
from dltrain.models.cnn import WHITENING
from dltrain.models.text import RATIOS
from dltrain.training.naive_bayes import ratios_from
from dltrain.training.whitening import whitening_from

Compute = Callable[[Dataset, keras.Variable], np.ndarray[Any, Any]]

FROM_DATA: dict[str, Compute] = {
    WHITENING: whitening_from,
    RATIOS: lambda dataset, _: ratios_from(dataset),
}
"""What gives the one variable of a layer of that name its values, in the variable's order."""


def set_first_values(model: keras.Model, dataset: Dataset, team: Team) -> None:
    """Give a model what it takes from data; one that takes nothing stays as it is.

    Args:
        model: just built.
        dataset: its training part is looked at, by the chief alone.
        team: who gets the chief's values, which another machine may round otherwise.
    """
    for layer in model.layers:
        if layer.name in FROM_DATA:
            (variable,) = layer.weights
            own = FROM_DATA[layer.name](dataset, variable) if team.is_chief else np.zeros(0)
            shared = team.from_chief(own.astype(np.float32).tobytes())
            variable.assign(np.frombuffer(shared, np.float32).reshape(variable.shape))
