"""Test-time augmentation: what a model says of several views of an image, averaged.

The views and their weights are those of airbench (Jordan 2024, arXiv:2404.00498): the image
and its mirror image weigh the same; with shifts, half the weight is that of the image where
it is, a quarter each that of the image moved down and right, and up and left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dltrain.config.schema import ViewsConfig
from dltrain.data.examples import Examples
from dltrain.evaluation.figures import Measures, figures_of
from dltrain.evaluation.predict import Predictor

SUFFIX = "_tta"
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class View:
    """One way of looking at an image.

    Attributes:
        weight: its part of the average; those of all views sum to one.
        is_mirrored: left and right.
        shift: pixels by which it is moved down and to the right; negative for up and left.
    """

    weight: float
    is_mirrored: bool
    shift: int

    def __call__(self, images: Array) -> Array:
        """Look at ``(batch, height, width, channels)`` images; gives the same shape.

        What a shift uncovers is filled with the reflection at the border.
        """
        seen = images[:, :, ::-1] if self.is_mirrored else images
        if self.shift == 0:
            return seen
        height, width = images.shape[1:3]
        border, start = abs(self.shift), abs(self.shift) - self.shift
        margins = ((0, 0), (border, border), (border, border), (0, 0))
        padded = np.pad(seen, margins, mode="reflect")
        return padded[:, start : start + height, start : start + width]


def views_of(config: ViewsConfig) -> list[View]:
    """All views of an image, the image as it is first."""
    mirrored = (False, True) if config.flip else (False,)
    moved = {0: 0.5, config.shift: 0.25, -config.shift: 0.25} if config.shift else {0: 1.0}
    return [
        View(weight / len(mirrored), is_mirrored, shift)
        for shift, weight in moved.items()
        for is_mirrored in mirrored
    ]


def figures_beside(
    config: ViewsConfig | None,
    predictor: Predictor,
    examples: Examples,
    indices: Array,
    plain: Array,
    measures: Measures,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """The metrics of the averaged logits (or numbers), each named as it is with `_tta`.

    Args:
        config: which views; None for no such figures.
        predictor: computes the outputs of a view.
        examples: stored images.
        indices: which of them; at least one.
        plain: ``(len(indices), outputs)`` outputs of the images as they are.
        measures: what to measure.
        should_stop: asked before every batch.

    Raises:
        InterruptedError: `should_stop` said so.
    """
    if config is None:
        return {}
    as_it_is, *others = views_of(config)
    average = as_it_is.weight * plain.astype(np.float64)
    for view in others:
        outputs = predictor.outputs(examples, indices, should_stop, view)
        average += view.weight * outputs.astype(np.float64)
    figures = figures_of(average, examples.labels[indices], measures)
    return {f"{name}{SUFFIX}": value for name, value in figures.metrics.items()}
