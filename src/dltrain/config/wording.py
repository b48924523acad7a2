"""Values and ranges in the words a config's author uses."""

import math
from typing import Any

from dltrain.config.nodes import ListNode, MappingNode, Node, Scalar
from dltrain.config.places import quoted


def given(node: Node) -> str:
    """Say what a value is, e.g. ``text 'abc'``, ``3.5``, ``a list`` or ``nothing``."""
    if isinstance(node, MappingNode):
        return "a mapping" if node.entries else "an empty mapping"
    if isinstance(node, ListNode):
        return "a list" if node.items else "an empty list"
    return "nothing" if node.value is None else written(node.value)


def written(value: Scalar) -> str:
    """Write a single value as YAML has it, text as ``text '...'``."""
    if isinstance(value, str):
        return f"text {quoted(value)}"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else "-.inf" if value < 0 else ".inf"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**30:
        return f"a number of {len(str(abs(value)))} digits"
    return "null" if value is None else repr(value).lower()


def expectation(schema: dict[str, Any]) -> str:
    """Say which values a field accepts, from its JSON Schema.

    >>> expectation({"type": "integer", "minimum": 1})
    'a whole number of at least 1'
    """
    if "anyOf" in schema:
        parts = [expectation(option) for option in schema["anyOf"] if not _is_null(option)]
        return _either(parts)
    if "enum" in schema:
        return "one of " + ", ".join(str(option) for option in schema["enum"])
    if "const" in schema:
        return quoted(str(schema["const"]))
    if "properties" in schema or "oneOf" in schema or "$ref" in schema:
        return "a section of keys"
    kind = schema.get("type")
    if kind == "array":
        return _list_expectation(schema)
    if kind in {"integer", "number"}:
        return ("a whole number" if kind == "integer" else "a number") + _range(schema)
    return {"boolean": "true or false", "string": "a text"}.get(str(kind), "another value")


def _list_expectation(schema: dict[str, Any]) -> str:
    items = expectation(schema.get("items", {})).removeprefix("a ")
    items = items.replace("number", "numbers", 1)
    least = schema.get("minItems", 0)
    if "maxItems" in schema:
        return f"a list of {least} to {schema['maxItems']} {items}"
    if least == 1:
        return f"a non-empty list of {items}"
    return f"a list of {items}" + (f", {least} or more of them" if least else "")


def _range(schema: dict[str, Any]) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if below is not None and schema["type"] == "integer":
        high, below = below - 1, None
    if low is not None and below is not None:
        return f" from {low:g} to below {below:g}"
    if low is not None and high is not None:
        return f" from {_number(low)} to {_number(high)}"
    lower = f" of at least {low:g}" if low is not None else ""
    lower = f" above {above:g}" if above is not None else lower
    upper = f" of at most {high:g}" if high is not None else ""
    upper = f" below {below:g}" if below is not None else upper
    return lower + (" and" + upper if lower and upper else upper)


def _number(value: float) -> str:
    """Write a bound as short as it can be, but all digits of a whole number."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _either(parts: list[str]) -> str:
    return " or ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _is_null(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "null"
