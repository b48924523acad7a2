"""``--set key.path=value`` arguments as one tree to lay over the file.

Several arguments add up in any order; of two for the same key the last one counts. An
empty value is null, as in YAML.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from dltrain.config.composer import DEEPEST
from dltrain.config.mistakes import ConfigError, Mistake
from dltrain.config.nodes import Entry, MappingNode, Node
from dltrain.config.places import SET_SOURCE, Place, quoted
from dltrain.config.source_text import split_lines
from dltrain.config.yaml_nodes import parse_value

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def parse_overrides(arguments: Sequence[str]) -> tuple[MappingNode, list[Mistake]]:
    """Return all arguments that can be read as one tree, and the mistakes in all of them."""
    changes = MappingNode({}, Place(SET_SOURCE))
    mistakes: list[Mistake] = []
    for argument in arguments:
        try:
            change, found = _parse_override(argument)
        except ConfigError as error:
            mistakes += error.mistakes
            continue
        changes = _add(changes, change)
        mistakes += found
    return changes, mistakes


def _add(first: MappingNode, second: MappingNode) -> MappingNode:
    """Join two trees key by key; where they differ the second counts."""
    entries = dict(first.entries)
    for key, entry in second.entries.items():
        below = entries.get(key)
        value = entry.value
        if isinstance(value, MappingNode) and below and isinstance(below.value, MappingNode):
            value = _add(below.value, value)
        entries[key] = Entry(entry.key_place, value)
    return MappingNode(entries, second.place, first.incomplete or second.incomplete)


def _parse_override(argument: str) -> tuple[MappingNode, list[Mistake]]:
    lines = split_lines(argument)
    path, equals, value = argument.partition("=")
    if not equals:
        _refuse(argument, 0, len(argument), "expected key.path=value, but there is no '='")
    keys = _keys(argument, path)
    # Blanks in front of the value keep its columns those of the argument.
    try:
        node, found = parse_value(" " * (len(path) + 1) + value, SET_SOURCE, lines)
    except ConfigError as error:
        raise ConfigError([_at_path(mistake, path) for mistake in error.mistakes]) from None
    mistakes = [_at_path(mistake, path) for mistake in found]
    for key, place in reversed(keys):
        node = _wrapped(key, place, node)
    assert isinstance(node, MappingNode)
    return node, mistakes


def _wrapped(key: str, place: Place, node: Node) -> MappingNode:
    return MappingNode({key: Entry(place, node)}, place)


def _keys(argument: str, path: str) -> list[tuple[str, Place]]:
    """Split the part before '=' into keys with their places."""
    if not path.strip():
        _refuse(argument, 0, 1, "expected key.path=value, but there is no key before '='")
    if path.count(".") >= DEEPEST:
        _refuse(argument, 0, len(path), f"sections are nested more than {DEEPEST} deep")
    keys: list[tuple[str, Place]] = []
    start = 0
    for key in path.split("."):
        if not key:
            _refuse(argument, start, 1, "a key is missing between the dots")
        if "[" in key:
            hint = f"set the whole list: {path.partition('[')[0]}=[...]"
            _refuse(argument, start, len(key), "a single element of a list cannot be set", hint)
        if not _KEY.fullmatch(key):
            _refuse(argument, start, len(key), f"{quoted(key)} is not a key")
        if not keys and key == "extends":
            _refuse(
                argument,
                start,
                len(key),
                "'extends' can only stand in a file",
                "write it in the file",
            )
        keys.append((key, _place(argument, start, len(key))))
        start += len(key) + 1
    return keys


def _place(argument: str, start: int, length: int) -> Place:
    return Place(SET_SOURCE, 1, start + 1, split_lines(argument)[0], length)


def _refuse(argument: str, start: int, length: int, message: str, hint: str | None = None) -> None:
    advice = hint or "for example --set train.epochs=3"
    place = _place(argument, start, length)
    raise ConfigError([Mistake(message=message, path="", place=place, hint=advice)])


def _at_path(mistake: Mistake, path: str) -> Mistake:
    inner = f"{path}.{mistake.path}" if mistake.path else path
    return replace(mistake, path=inner)
