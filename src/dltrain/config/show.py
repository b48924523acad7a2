"""The resolved config with the origin of every value beside it."""

from typing import Any

from dltrain.config.load import LoadedConfig
from dltrain.config.places import SET_SOURCE, printable
from dltrain.config.save import yaml_lines

DEFAULT = "default"
_WIDEST = 60  # a longer value, such as numbers written out, pushes no other comment aside


def show(loaded: LoadedConfig) -> str:
    """Write the whole tree as YAML; a comment names where each value comes from."""
    lines = yaml_lines(loaded.experiment)
    lengths = [len(line.text) for line in lines if not line.is_section]
    width = max(length for length in lengths if length <= _WIDEST)
    rows = [
        line.text if line.is_section else f"{line.text:<{width}}  # {origin(loaded, line.path)}"
        for line in lines
    ]
    return "\n".join(rows) + "\n"


def show_json(loaded: LoadedConfig) -> dict[str, Any]:
    """Return the resolved config and the origin of every value by its dotted path."""
    paths = [line.path for line in yaml_lines(loaded.experiment) if not line.is_section]
    return {
        "config": loaded.experiment.model_dump(mode="json"),
        "origins": {path: origin(loaded, path) for path in paths},
    }


def origin(loaded: LoadedConfig, path: str) -> str:
    """Return ``file:line``, ``--set`` or ``default`` for the value at a dotted path."""
    place = loaded.origins.get(path)
    if place is None:
        return DEFAULT
    return SET_SOURCE if place.source == SET_SOURCE else f"{printable(place.source)}:{place.line}"
