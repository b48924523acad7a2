"""What is wrong inside `data.x` and `data.y`: the first entry that differs from the others."""

from dltrain.config.mistakes import Mistake
from dltrain.config.nodes import ListNode, Node, ScalarNode
from dltrain.config.scalars import resolve
from dltrain.config.schema.arrays import DEEPEST, LARGEST, is_number
from dltrain.config.wording import given

_MOST_SHOWN = 10
_Found = tuple[str, Node]


def wrong_numbers(path: str, node: Node) -> list[Mistake]:
    """Return the first entry that is no number, or else the first list that is not like the others."""
    if not isinstance(node, ListNode) or not node.items:
        message = f"expected a list with an entry per example, got {given(node)}"
        hint = _bracketed(node) or "write for example [[0, 1], [1, 0]]"
        return [Mistake(message=message, path=path, place=node.place, hint=hint)]
    others = [(where, leaf) for where, leaf in _leaves(path, node) if not _is_number(leaf)]
    if others:
        return [_no_number(*others[0], len(others) - 1)]
    return _uneven(path, node) or _too_deep(path, node)


def wrong_labels(path: str, node: Node) -> list[Mistake]:
    """Return the first label that is neither number nor name, or not of the kind of the first."""
    if not isinstance(node, ListNode) or not node.items:
        message = f"expected a list with a number or a name per example, got {given(node)}"
        hint = _bracketed(node) or "write for example [0, 1] or [cat, dog]"
        return [Mistake(message=message, path=path, place=node.place, hint=hint)]
    labels = [(f"{path}[{index}]", item) for index, item in enumerate(node.items)]
    wrong = [(where, item) for where, item in labels if not (_is_number(item) or _is_name(item))]
    if wrong:
        return [_no_label(*wrong[0], len(wrong) - 1)]
    first = node.items[0]
    mixed = [(where, item) for where, item in labels if _is_name(item) != _is_name(first)]
    if not mixed:  # Every other entry is broken in itself, which was said before.
        return []
    where, item = mixed[0]
    message = f"expected a {'name' if _is_name(first) else 'number'} like {path}[0], "
    message += f"got {given(item)}"
    hint = _unquoted(item) or "write all labels as numbers, or all as names in quotes"
    return [_at(where, item, message, hint, related=first)]


def _leaves(path: str, node: Node) -> list[_Found]:
    """Return everything that is no list, and every list that is empty, with its path."""
    if not isinstance(node, ListNode) or not node.items:
        return [(path, node)]
    return [
        leaf for index, item in enumerate(node.items) for leaf in _leaves(f"{path}[{index}]", item)
    ]


def _no_number(path: str, node: Node, more: int) -> Mistake:
    expected = "a finite number"
    hint = _unquoted(node) or _in_numbers(node)
    if isinstance(node, ScalarNode) and type(node.value) in {int, float}:
        expected += f" of at most {LARGEST:g} in size"
    elif isinstance(node, ScalarNode) and isinstance(node.value, str):
        hint = hint or _bracketed(node) or "write numbers, for example 0 and 1 for two words"
    message = f"expected {expected}, got {given(node)}{_and_more(more)}"
    return _at(path, node, message, hint)


def _no_label(path: str, node: Node, more: int) -> Mistake:
    hint = _in_numbers(node)
    message = f"expected a number or a name, got {given(node)}{_and_more(more)}"
    if (
        isinstance(node, ListNode)
        and len(node.items) == 1
        and isinstance(node.items[0], ScalarNode)
    ):
        hint = f"write {node.items[0].value} without brackets"
    return _at(path, node, message, hint)


def _and_more(count: int) -> str:
    return f" (and {count} more)" if count else ""


def _uneven(path: str, node: Node) -> list[Mistake]:
    """Compare every list with the one before it at its level, the outermost first."""
    level = [(path, node)]
    while level:
        (reference, first), *others = level
        for where, other in others:
            if _length(other) != _length(first):
                message = f"expected {_size(first)} like {reference}, got {_size(other)}"
                hint = "write all entries of one shape"
                return [_at(where, other, message, hint, related=first)]
        level = [
            (f"{where}[{index}]", item)
            for where, each in level
            if isinstance(each, ListNode)
            for index, item in enumerate(each.items)
        ]
    return []


def _too_deep(path: str, node: ListNode) -> list[Mistake]:
    depth, inner = 1, node.items[0]
    while isinstance(inner, ListNode):
        depth, inner = depth + 1, inner.items[0]
    if depth <= DEEPEST:
        return []
    message = f"expected 1 to {DEEPEST} levels of lists, got {depth}"
    return [_at(path, node, message, "four are examples of images: rows, pixels and channels")]


def _at(
    path: str, node: Node, message: str, hint: str | None, related: Node | None = None
) -> Mistake:
    others = (related.place,) if related else ()
    return Mistake(message=message, path=path, place=node.place, hint=hint, related=others)


def _is_number(node: Node) -> bool:
    """Tell whether a node is a number, or was reported already."""
    return isinstance(node, ScalarNode) and (node.broken or is_number(node.value))


def _is_name(node: Node) -> bool:
    return isinstance(node, ScalarNode) and (node.broken or isinstance(node.value, str))


def _length(node: Node) -> int:
    return len(node.items) if isinstance(node, ListNode) else -1


def _size(node: Node) -> str:
    return f"a list of {len(node.items)}" if isinstance(node, ListNode) else "a number"


def _unquoted(node: Node) -> str | None:
    """Say how to write a number that stands in quotes."""
    text = node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
    return f"write {text} without quotes" if text and is_number(resolve(text)) else None


def _bracketed(node: Node) -> str | None:
    """Say how to write several numbers that stand in one text."""
    text = node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""
    parts = text.replace(",", " ").split()
    is_list = 1 < len(parts) <= _MOST_SHOWN and all(is_number(resolve(part)) for part in parts)
    return f"write [{', '.join(parts)}]" if is_list else None


def _in_numbers(node: Node) -> str | None:
    """Say how to write true and false."""
    is_switch = isinstance(node, ScalarNode) and isinstance(node.value, bool)
    return "write 1 for true and 0 for false" if is_switch else None
