"""One tree out of a file, the files it extends, and the ``--set`` arguments.

Mappings merge key by key; lists and single values replace. In a tagged section
(``model``, ``data``, ``optimizer``, ``optimizer.schedule``) a different ``name`` drops
the other keys of the section below it, because they belong to another builder.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dltrain.config.fields import tagged_sections
from dltrain.config.mistakes import ConfigError, Mistake
from dltrain.config.nodes import Entry, MappingNode, Node, ScalarNode
from dltrain.config.overrides import parse_overrides
from dltrain.config.places import quoted
from dltrain.config.source_text import near_files
from dltrain.config.wording import given
from dltrain.config.yaml_nodes import parse_file, parse_text

MOST_FILES = 16

Parsed = tuple[MappingNode, list[Mistake]]


@dataclass(frozen=True)
class Composed:
    """The merged tree, and the mistakes found on the way to it."""

    tree: MappingNode
    mistakes: list[Mistake]


def compose(path: str, overrides: Sequence[str]) -> Composed:
    """Read a file and what it extends, and apply ``--set`` arguments on top.

    Raises:
        ConfigError: the file has no tree at all.
    """
    return _composed(lambda: parse_file(path), path, overrides)


def compose_text(text: str, source: str, overrides: Sequence[str]) -> Composed:
    """Do the same with a text that was read before; see `compose`."""
    return _composed(lambda: parse_text(text, source), source, overrides)


def _composed(parse: Callable[[], Parsed], source: str, overrides: Sequence[str]) -> Composed:
    changes, mistakes = parse_overrides(overrides)
    try:
        tree, found = _with_bases(source, parse, ())
    except ConfigError as error:
        raise ConfigError([*error.mistakes, *mistakes]) from None
    merged = merge(tree, changes)
    return Composed(replace(merged, place=tree.place), [*found, *mistakes])


def merge(base: MappingNode, change: MappingNode, path: str = "") -> MappingNode:
    """Lay one mapping over another; every value keeps the place where it was written."""
    entries = {} if _renames(base, change, path) else dict(base.entries)
    for key, entry in change.entries.items():
        below = entries.get(key)
        inner = f"{path}.{key}" if path else key
        value = entry.value
        if isinstance(value, MappingNode) and below and isinstance(below.value, MappingNode):
            value = merge(below.value, value, inner)
        entries[key] = Entry(entry.key_place, value)
    return MappingNode(entries, change.place, base.incomplete or change.incomplete)


def _renames(base: MappingNode, change: MappingNode, path: str) -> bool:
    """Tell whether the change gives a tagged section another name than it had."""
    if "name" not in change.entries or path not in tagged_sections():
        return False
    before = _name(base) if "name" in base.entries else tagged_sections()[path]
    return before is not None and before != _name(change)


def _name(section: MappingNode) -> object:
    node = section.entries["name"].value
    return node.value if isinstance(node, ScalarNode) else None


def _with_bases(path: str, parse: Callable[[], Parsed], chain: tuple[str, ...]) -> Parsed:
    """Return the tree of a file laid over the files it extends."""
    tree, mistakes = parse()
    entry = tree.entries.get("extends")
    if entry is None:
        return tree, mistakes
    own = {key: value for key, value in tree.entries.items() if key != "extends"}
    tree = replace(tree, entries=own)
    chain = (*chain, path)
    base_path, refusal = _base_path(path, entry, chain)
    if base_path is None:
        incomplete = replace(tree, incomplete=True)
        return incomplete, [*mistakes, *([refusal] if refusal else [])]
    try:
        base, found = _with_bases(base_path, lambda: parse_file(base_path), chain)
    except ConfigError as error:
        # A base that cannot be read hides keys, so what is missing here is no mistake.
        return replace(tree, incomplete=True), [*mistakes, *error.mistakes]
    return merge(base, tree), mistakes + found


def _base_path(
    path: str, entry: Entry, chain: tuple[str, ...]
) -> tuple[str | None, Mistake | None]:
    """Return the path of the extended file, or the mistake that stands in its way."""
    node = entry.value
    if isinstance(node, ScalarNode) and node.broken:
        return None, None
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value:
        message = f"expected the path of one config file, got {given(node)}"
        return None, _refusal(message, node, hint="write 'extends: base.yaml'")
    if len(chain) == MOST_FILES:
        return None, _refusal(f"more than {MOST_FILES} files extend each other", node)
    base = os.path.normpath(Path(path).parent / node.value)
    if unusable := _unusable(base):
        return None, _refusal(f"{quoted(base)} cannot be read ({unusable})", node)
    known = [os.path.realpath(link) for link in chain]
    if os.path.realpath(base) in known:
        circle = [*chain[known.index(os.path.realpath(base)) :], base]
        message = f"this file extends itself: {' -> '.join(circle)}"
        return None, _refusal(message, node, hint="remove one 'extends' of the circle")
    if not Path(base).exists():
        near = [os.path.relpath(found, Path(path).parent) for found in near_files(base)]
        message = f"there is no file {quoted(base)}"
        return None, _refusal(message, node, suggestion=near[0] if near else None)
    return base, None


def _unusable(path: str) -> str | None:
    """Return why a path names no file that could be there, e.g. because it is too long."""
    try:
        Path(path).lstat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None


def _refusal(
    message: str, node: Node, *, suggestion: str | None = None, hint: str | None = None
) -> Mistake:
    return Mistake(
        message=message, path="extends", place=node.place, suggestion=suggestion, hint=hint
    )
