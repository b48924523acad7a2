"""Test-time augmentation: which views of an image there are, and what their average is worth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dltrain.config.schema import ViewsConfig
from dltrain.data.examples import Examples
from dltrain.evaluation.figures import Measures
from dltrain.evaluation.views import View, figures_beside, views_of

IMAGE = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)  # rows 0 1 2, 3 4 5, 6 7 8
MEASURES = Measures("multiclass", "cross_entropy", ("accuracy", "top_2_accuracy"))


class Corners:
    """A model of three classes whose logits are three corners of an image."""

    def outputs(
        self, examples: Examples, indices: Any, _: Callable[[], bool], view: Callable[[Any], Any]
    ) -> Any:
        """The corners at the top, and the one at the bottom right."""
        seen = view(examples.inputs[indices])[..., 0].astype(np.float32)
        return np.stack([seen[:, 0, 0], seen[:, 0, -1], seen[:, -1, -1]], axis=1)


@pytest.mark.parametrize(
    ("settings", "views"),
    [
        ({}, [(0.5, False, 0), (0.5, True, 0)]),
        ({"flip": False, "shift": 2}, [(0.5, False, 0), (0.25, False, 2), (0.25, False, -2)]),
        (
            {"shift": 1},
            [(0.25, mirrored, 0) for mirrored in (False, True)]
            + [(0.125, mirrored, shift) for shift in (1, -1) for mirrored in (False, True)],
        ),
    ],
    ids=str,
)
def test_weights(settings: dict[str, Any], views: list[tuple[float, bool, int]]) -> None:
    """Mirror images weigh the same, both shifts together as much as the image where it is."""
    found = views_of(ViewsConfig(**settings))
    assert found == [View(*view) for view in views]
    assert sum(view.weight for view in found) == 1.0
    assert np.array_equal(found[0](IMAGE), IMAGE)


@pytest.mark.parametrize(
    ("is_mirrored", "shift", "rows"),
    [
        (True, 0, [[2, 1, 0], [5, 4, 3], [8, 7, 6]]),
        (False, 1, [[4, 3, 4], [1, 0, 1], [4, 3, 4]]),
        (False, -1, [[4, 5, 4], [7, 8, 7], [4, 5, 4]]),
        (True, -2, [[6, 7, 8], [3, 4, 5], [0, 1, 2]]),
    ],
)
def test_view(is_mirrored: bool, shift: int, rows: list[list[int]]) -> None:
    """A shifted image is filled up with what lies on the other side of its border's pixels."""
    seen = View(1.0, is_mirrored, shift)(IMAGE)
    assert (seen[0, :, :, 0].tolist(), seen.dtype) == (rows, IMAGE.dtype)


def test_figures() -> None:
    """The logits of the image and of its mirror image are averaged before anything is judged."""
    images = np.zeros((2, 2, 2, 1), np.float32)
    images[0, 0, :, 0], images[1, 0, :, 0] = (9.0, 1.0), (1.0, 9.0)  # alike in the mean: 5, 5
    images[0, 1, :, 0], images[1, 1, :, 0] = (8.0, 2.0), (8.0, 8.0)  # 5 and 8 in the mean
    examples, indices = Examples(images, np.array([0, 1], np.int32)), np.arange(2)
    predictor: Any = Corners()
    plain = predictor.outputs(examples, indices, None, lambda seen: seen)
    figures = figures_beside(ViewsConfig(), predictor, examples, indices, plain, MEASURES)
    assert figures == {"accuracy_tta": 0.5, "top_2_accuracy_tta": 0.5}
    assert figures_beside(None, predictor, examples, indices, plain, MEASURES) == {}
