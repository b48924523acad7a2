"""The configs that come with dltrain are found, valid and described."""

import pytest

from dltrain.config.load import load_text
from dltrain.config.shipped import list_shipped, read_shipped

NAMES = [name for name, _ in list_shipped()]


def test_found() -> None:
    """There are shipped configs, by name."""
    assert NAMES
    assert sorted(NAMES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_valid(name: str) -> None:
    """A shipped config has no mistake."""
    text = read_shipped(name)
    assert text is not None
    assert load_text(text, f"configs/{name}.yaml").experiment.model.name


@pytest.mark.parametrize(("name", "sentence"), list_shipped())
def test_described(name: str, sentence: str) -> None:
    """A shipped config opens with a sentence that says what it is."""
    assert sentence, name
