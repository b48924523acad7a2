"""The order of an epoch's examples, and how they are cut into calls."""

import numpy as np
import pytest

from dltrain.config.schema import ExperimentConfig
from dltrain.training.calls import cut_into_calls, order_of

TRAIN = np.array([3, 5, 8, 9, 12, 20])


def experiment_of(batch_size: int | str) -> ExperimentConfig:
    """The digits in batches of a size."""
    return ExperimentConfig.model_validate(
        {"data": {"name": "digits", "batch_size": batch_size}, "model": {"name": "mlp"}}
    )


def test_order() -> None:
    """Every epoch has all examples, in an order of its own; a full batch keeps the stored one."""
    orders = [order_of(TRAIN, experiment_of(6), epoch).tolist() for epoch in (1, 2, 1)]
    assert orders[0] == orders[2] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1]) == TRAIN.tolist()
    for epoch in (1, 2):
        full = order_of(TRAIN, experiment_of("all"), epoch)
        assert full.tolist() == TRAIN.tolist()
        assert full.dtype == np.int32


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (0, 4, [[[0, 1], [2, 3]], [[4, 5]], [[6]]]),
        (1, 4, [[[2, 3]], [[4, 5]], [[6]]]),
        (3, 4, [[[6]]]),
        (4, 4, []),
        (0, 3, [[[0, 1], [2, 3]], [[4, 5]]]),
        (0, 1, [[[0, 1]]]),
    ],
    ids=["whole", "resumed", "ragged only", "over", "dropped", "max_steps"],
)
def test_cut(first: int, end: int, expected: list[list[list[int]]]) -> None:
    """Calls of two steps of two examples begin at even steps; the ragged batch stands alone."""
    calls = cut_into_calls(np.arange(7), batch_size=2, steps_per_call=2, first=first, end=end)
    assert [call.tolist() for call in calls] == expected
