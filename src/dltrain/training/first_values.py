"""Variables that begin at values taken from the training examples."""

import keras

from dltrain.data.dataset import Dataset
from dltrain.models.cnn import WHITENING
from dltrain.models.text import RATIOS
from dltrain.training.naive_bayes import set_ratios
from dltrain.training.whitening import set_whitening

SETTERS = {WHITENING: set_whitening, RATIOS: set_ratios}


def set_first_values(model: keras.Model, dataset: Dataset) -> None:
    """Give a model what it takes from data; one that takes nothing stays as it is.

    Args:
        model: just built.
        dataset: its training part is looked at.
    """
    for layer in model.layers:
        if layer.name in SETTERS:
            SETTERS[layer.name](model, dataset)
