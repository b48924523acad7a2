"""What is wrong inside a value that pydantic checks as a whole, such as metrics or class weights."""

from typing import get_args

from pydantic_core import ErrorDetails

from dltrain.config.explain_arrays import wrong_labels, wrong_numbers
from dltrain.config.fields import Target, dotted
from dltrain.config.mistakes import Mistake
from dltrain.config.nearest import nearest
from dltrain.config.nodes import ListNode, MappingNode, Node, ScalarNode
from dltrain.config.places import quoted
from dltrain.config.schema import Metric
from dltrain.config.wording import given

ENTRY_TYPES = {"metrics", "class_weights", "numbers", "labels", "one_or_per_stage"}
_METRICS: tuple[str, ...] = get_args(Metric)


def wrong_entries(error: ErrorDetails, target: Target, node: Node) -> list[Mistake] | None:
    """Return a mistake for each wrong entry; None where the value as a whole is wrong."""
    path = dotted(target.path)
    if error["type"] == "metrics":
        return _wrong_metrics(path, node)
    if error["type"] == "numbers":
        return wrong_numbers(path, node)
    if error["type"] == "labels":
        return wrong_labels(path, node)
    if error["type"] == "one_or_per_stage":
        return _wrong_stages(path, node)
    return _wrong_weights(error, path, node)


def _wrong_stages(path: str, node: Node) -> list[Mistake] | None:
    if not isinstance(node, ListNode) or not node.items:
        return None
    return [
        Mistake(
            message=f"expected a whole number of at least 1, got {given(item)}",
            path=f"{path}[{index}]",
            place=item.place,
        )
        for index, item in enumerate(node.items)
        if not _is_count(item)
    ]


def _is_count(node: Node) -> bool:
    if not isinstance(node, ScalarNode):
        return False
    return node.broken or (type(node.value) is int and node.value >= 1)


def _wrong_weights(error: ErrorDetails, path: str, node: Node) -> list[Mistake]:
    if isinstance(node, MappingNode) and (node.entries or node.incomplete):
        return [
            _wrong_weight(f"{path}.{name}", entry.value)
            for name, entry in node.entries.items()
            if not _is_weight(entry.value)
        ]
    return [_not_weights(error, path, node)]


def _wrong_metrics(path: str, node: Node) -> list[Mistake] | None:
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        return [_no_metric(path, node, node.value)]
    if not isinstance(node, ListNode) or not node.items:
        return None
    mistakes = []
    for index, item in enumerate(node.items):
        inner = f"{path}[{index}]"
        if isinstance(item, ScalarNode) and isinstance(item.value, str):
            mistakes += [] if item.value in _METRICS else [_no_metric(inner, item, item.value)]
        elif not (isinstance(item, ScalarNode) and item.broken):
            message = f"expected the name of a metric, got {given(item)}"
            mistakes.append(
                Mistake(message=message, path=inner, place=item.place, allowed=_METRICS)
            )
    return mistakes


def _no_metric(path: str, node: Node, text: str) -> Mistake:
    is_alone = not path.endswith("]")
    allowed = ("auto", *_METRICS) if is_alone else _METRICS
    if text in _METRICS:
        message, hint = f"expected 'auto' or a list, got text {quoted(text)}", f"write [{text}]"
        return Mistake(message=message, path=path, place=node.place, hint=hint)
    return Mistake(
        message=f"there is no metric named {quoted(text)}",
        path=path,
        place=node.place,
        allowed=allowed,
        suggestion=nearest(text, allowed),
        hint="write 'metrics: auto' for those of the task" if text == "auto" else None,
    )


def _is_weight(node: Node) -> bool:
    if not isinstance(node, ScalarNode):
        return False
    is_number = type(node.value) in {int, float}
    return node.broken or (is_number and 0.0 < float(node.value or 0) < float("inf"))


def _wrong_weight(path: str, node: Node) -> Mistake:
    message = f"expected a finite number above 0, got {given(node)}"
    return Mistake(message=message, path=path, place=node.place)


def _not_weights(error: ErrorDetails, path: str, node: Node) -> Mistake:
    text = node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
    return Mistake(
        message=f"{error['msg']}, got {given(node)}",
        path=path,
        place=node.place,
        suggestion=nearest(text, ["balanced"]) if text else None,
        hint="write for example {up: 2.0}; classes that are not named count as 1",
    )
