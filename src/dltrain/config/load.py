"""From a path to an experiment whose every value is right, or to all that is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dltrain.config.compose import Composed, compose, compose_text
from dltrain.config.explain import explain
from dltrain.config.fit import mistakes_of
from dltrain.config.mistakes import ConfigError, Mistake
from dltrain.config.nodes import places, plain
from dltrain.config.places import SET_SOURCE, Place
from dltrain.config.schema import ExperimentConfig
from dltrain.config.validate import validate


@dataclass(frozen=True)
class LoadedConfig:
    """An experiment, and where its values were written.

    Attributes:
        experiment: the typed tree, with defaults.
        origins: the place of everything that was written, by dotted path (``data.y[2]``); the
            whole file is ``""``. A path that is not there has its default.
    """

    experiment: ExperimentConfig
    origins: dict[str, Place]


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> LoadedConfig:
    """Load a config file with what it extends.

    Args:
        path: the file; places show it as it is given here.
        overrides: ``key.path=value`` texts, laid over the file.

    Raises:
        ConfigError: with every mistake of the files and the overrides.
    """
    return _checked(compose(str(path), overrides))


def load_text(text: str, source: str, overrides: Sequence[str] = ()) -> LoadedConfig:
    """Load a config from its text; ``source`` is what places call it. See `load_config`."""
    return _checked(compose_text(text, source, overrides))


def _checked(composed: Composed) -> LoadedConfig:
    values = plain(composed.tree)
    assert isinstance(values, dict)
    result = validate(values)
    mistakes = list(composed.mistakes)
    if isinstance(result, ExperimentConfig):
        origins = dict(places(composed.tree))
        if not mistakes:
            mistakes = mistakes_of(result, origins)
        if not mistakes:
            return LoadedConfig(result, origins)
    else:
        mistakes += [item for error in result for item in explain(error, composed.tree)]
    raise ConfigError(_in_order(mistakes, composed.tree.place.source))


def _in_order(mistakes: list[Mistake], first: str) -> list[Mistake]:
    """Sort by place: the file itself first, then the others as they were met."""
    unique = list(dict.fromkeys(mistakes))
    groups = list(dict.fromkeys([(first, ""), *map(_group, unique)]))
    return sorted(
        unique,
        key=lambda item: (groups.index(_group(item)), item.place.line, item.place.column),
    )


def _group(mistake: Mistake) -> tuple[str, str]:
    """Return the file of a mistake, or the argument of ``--set``."""
    place = mistake.place
    return place.source, place.text if place.source == SET_SOURCE else ""
