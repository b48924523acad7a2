"""Every example of a batch is computed by one replica, or by all of them."""

import numpy as np
import pytest

from dltrain.training.shares import part_size, positions_of, share_of


@pytest.mark.parametrize(("examples", "parts", "replicas"), [(24, 2, 3), (25, 3, 2), (7, 1, 1)])
def test_each_example_once(examples: int, parts: int, replicas: int) -> None:
    """The replicas' places are all places of the batch, each once."""
    places = [positions_of(examples, parts, replica, replicas) for replica in range(replicas)]
    assert sorted(np.concatenate(places)) == list(range(examples))


def test_places_of_parts() -> None:
    """A replica has its share of every part, the smaller last one included."""
    assert part_size(10, 3) == 4
    assert positions_of(10, 3, 0, 2).tolist() == [0, 1, 4, 5, 8]
    assert positions_of(10, 3, 1, 2).tolist() == [2, 3, 6, 7, 9]


def test_fewer_examples_than_replicas() -> None:
    """Then every replica computes all of them."""
    assert share_of(2, 1, 3) == (0, 2, 3)
    assert positions_of(2, 1, 2, 3).tolist() == [0, 1]


def test_with_the_example_before() -> None:
    """Where one before is needed too, places count from it, and shares overlap by it."""
    assert positions_of(10, 3, 0, 2, before=1).tolist() == [0, 1, 2, 4, 5, 6, 8, 9]
    assert positions_of(10, 3, 1, 2, before=1).tolist() == [2, 3, 4, 6, 7, 8, 9, 10]
