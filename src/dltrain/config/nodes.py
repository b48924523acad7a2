"""A YAML document as a small tree in which every value knows where it was written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dltrain.config.places import Place

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class ScalarNode:
    """A single value; ``broken`` when a mistake about it was already reported."""

    value: Scalar
    place: Place
    quoted: bool = False
    broken: bool = False


@dataclass(frozen=True)
class ListNode:
    """Values one after the other."""

    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True)
class Entry:
    """A key of a mapping with its value."""

    key_place: Place
    value: "Node"


@dataclass(frozen=True)
class MappingNode:
    """Values by key; ``incomplete`` when keys were refused, so that none is called missing."""

    entries: dict[str, Entry]
    place: Place
    incomplete: bool = field(default=False)


Node = ScalarNode | ListNode | MappingNode


def plain(node: Node) -> object:
    """Return the values without their places: dicts, tuples and scalars."""
    if isinstance(node, MappingNode):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, ListNode):
        return tuple(plain(item) for item in node.items)
    return node.value


def find(root: Node, path: Sequence[str | int]) -> Node | None:
    """Return the node at a path of keys and list positions, or None."""
    node: Node | None = root
    for part in path:
        if isinstance(node, MappingNode) and isinstance(part, str):
            entry = node.entries.get(part)
            node = entry.value if entry else None
        elif isinstance(node, ListNode) and isinstance(part, int):
            node = node.items[part] if part < len(node.items) else None
        else:
            return None
    return node


def key_place(root: MappingNode, path: Sequence[str | int]) -> Place:
    """Return where the last key of a path stands, or the nearest section around it."""
    for end in range(len(path), 0, -1):
        parent = find(root, path[: end - 1])
        key = path[end - 1]
        if isinstance(parent, MappingNode) and isinstance(key, str) and key in parent.entries:
            return parent.entries[key].key_place
    return root.place


def places(node: Node, path: str = "") -> Iterator[tuple[str, Place]]:
    """Yield the dotted path and the place of every section, value and entry, the root as ``""``."""
    yield path, node.place
    if isinstance(node, MappingNode):
        for key, entry in node.entries.items():
            yield from places(entry.value, f"{path}.{key}" if path else key)
    if isinstance(node, ListNode):
        for index, item in enumerate(node.items):
            yield from places(item, f"{path}[{index}]")
