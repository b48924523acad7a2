"""A value of the wrong type or out of range: what was given, what is allowed, what to write."""

import re
from typing import Any

from pydantic_core import ErrorDetails

from dltrain.config.fields import JsonSchema, Target, dotted, resolved, variants
from dltrain.config.mistakes import Mistake
from dltrain.config.nearest import nearest
from dltrain.config.nodes import ListNode, MappingNode, Node, ScalarNode
from dltrain.config.places import quoted
from dltrain.config.scalars import resolve
from dltrain.config.wording import expectation, given, written

_OWN_TYPES = {
    *("auto_or_count", "batch_size", "class_weights", "jit", "metrics"),
    *("one_or_per_stage", "validation_size"),
}
_SECTION_TYPES = {"model_type", "model_attributes_type", "dict_type"}
_SWITCH_WORDS = {"yes", "no", "on", "off", "y", "n"}
_NUMBER_WITH_MARKS = re.compile(r"[-+]?[0-9][0-9_,]*(\.[0-9_]+)?")
_PERCENT = re.compile(r"([0-9.]+) ?%")


def wrong_value(error: ErrorDetails, target: Target, node: Node) -> Mistake:
    """Explain a value that its field does not accept."""
    schema = resolved(target.schema)
    path = dotted(target.path)
    if error["type"] in _SECTION_TYPES:
        return _not_a_section(path, schema, node)
    choices = tuple(schema.get("enum", ())) or ((schema["const"],) if "const" in schema else ())
    text = node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
    if choices and text is not None:
        return Mistake(
            message=f"{quoted(text)} is none of the choices for '{target.path[-1]}'",
            path=path,
            place=node.place,
            allowed=choices,
            suggestion=nearest(text, choices),
        )
    wanted = error["msg"] if error["type"] in _OWN_TYPES else f"expected {expectation(schema)}"
    if error["type"] == "finite_number":
        wanted = wanted.replace("a number", "a finite number", 1)
    suggestion = nearest(text, _words(schema)) if text else None
    hint = None if suggestion else _hint(target.schema, schema, node)
    is_too_long = error["type"] == "too_long"
    count = f" of {len(node.items)}" if isinstance(node, ListNode) and is_too_long else ""
    return Mistake(
        message=f"{wanted}, got {given(node)}{count}",
        path=path,
        place=node.place,
        suggestion=suggestion,
        hint=hint,
    )


def _words(schema: JsonSchema) -> list[str]:
    """Return the words that stand beside numbers, such as ``all`` for a batch size."""
    return [option["const"] for option in schema.get("anyOf", ()) if "const" in option]


def _not_a_section(path: str, schema: JsonSchema, node: Node) -> Mistake:
    names = list(variants(schema))
    value = node.value if isinstance(node, ScalarNode) else None
    hint = None
    message = f"expected keys and values below '{path}', got {given(node)}"
    if isinstance(node, ScalarNode) and value is None:
        message, hint = "this section is empty", "write its keys below it, or remove the line"
    elif isinstance(value, str) and value in names:
        hint = f"write '{path.rpartition('.')[2]}: {{name: {value}}}'"
    elif isinstance(value, str) and re.match(r"\w+:\S", value):
        hint = f"write {quoted(value.replace(':', ': ', 1))}, with a blank after the colon"
    elif names:
        hint = f"the section needs a name: {', '.join(names)}"
    return Mistake(message=message, path=path, place=node.place, hint=hint)


def _hint(field: JsonSchema, schema: JsonSchema, node: Node) -> str | None:
    """Say how to write what was probably meant, where one can tell."""
    if isinstance(node, MappingNode):
        return "this key takes a value, no keys below it"
    if not isinstance(node, ScalarNode):
        return None
    if node.value is None:
        default = field.get("default")
        is_single = isinstance(default, str | int | float)
        return (
            f"give a value or leave it out; the default is {_plain(default)}" if is_single else None
        )
    if schema.get("type") == "array":
        return f"write [{_plain(node.value)}] for a list of one"
    if isinstance(node.value, str):
        return _text_hint(_types(schema) | _types(field), node.value)
    is_whole = isinstance(node.value, float) and node.value.is_integer()
    if is_whole and "integer" in _types(schema):
        return f"write {int(node.value)}, without a fraction or an exponent"
    return None


def _text_hint(types: set[str], text: str) -> str | None:
    if "boolean" in types and text.lower() in _SWITCH_WORDS:
        return "write true or false"
    value = resolve(text)
    kinds = {bool: {"boolean"}, int: {"integer", "number"}, float: {"number"}}
    if kinds.get(type(value), set()) & types:
        return f"write {text} without quotes"
    if text in {"none", "None", "nil"} and "null" in types:
        return "write null"
    if not types & {"integer", "number"}:
        return None
    if _NUMBER_WITH_MARKS.fullmatch(text):
        mark = "underscores" if "_" in text else "commas"
        return f"write {text.replace('_', '').replace(',', '')}, without {mark}"
    percent = _PERCENT.fullmatch(text)
    if percent and "number" in types and isinstance(resolve(percent[1]), int | float):
        return f"write {float(percent[1]) / 100:g}"
    return None


def _types(schema: JsonSchema) -> set[str]:
    options: list[dict[str, Any]] = schema.get("anyOf", [schema])
    return {option["type"] for option in options if "type" in option}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else written(value)
