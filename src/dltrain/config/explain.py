"""pydantic's errors as mistakes in the words and at the places of the config's author."""

from pydantic_core import ErrorDetails

from dltrain.config.explain_entries import ENTRY_TYPES, wrong_entries
from dltrain.config.explain_value import wrong_value
from dltrain.config.fields import Target, dotted, locate, resolved, sections, variants
from dltrain.config.mistakes import Mistake
from dltrain.config.nearest import nearest, nearest_key, other_name, owners
from dltrain.config.nodes import MappingNode, Node, ScalarNode, find, key_place
from dltrain.config.places import quoted
from dltrain.config.wording import given


def explain(error: ErrorDetails, root: MappingNode) -> list[Mistake]:
    """Turn one pydantic error into mistakes; none if another mistake already covers it."""
    target = locate(error["loc"])
    node = find(root, target.path)
    if error["type"] in ENTRY_TYPES and node is not None and not _is_broken(node):
        entries = wrong_entries(error, target, node)
        if entries is not None:
            return entries
    mistake = _explain(error, target, root)
    return [] if mistake is None else [mistake]


def _explain(error: ErrorDetails, target: Target, root: MappingNode) -> Mistake | None:
    if error["type"] == "missing":
        return _missing(target, root)
    if error["type"] == "union_tag_not_found":
        return _no_name(target, root)
    if error["type"] == "union_tag_invalid":
        return _wrong_name(target, root)
    node = find(root, target.path)
    if node is None or _is_broken(node):
        return None
    if error["type"] == "extra_forbidden":
        return _unknown_key(target, root)
    return wrong_value(error, target, node)


def _missing(target: Target, root: MappingNode) -> Mistake | None:
    section = find(root, target.path[:-1])
    if not isinstance(section, MappingNode) or section.incomplete:
        return None
    names = tuple(variants(target.schema))
    key = str(target.path[-1])
    if any(other_name(written, [key]) for written in section.entries):
        return None  # It is there by another name, which is a mistake of its own.
    is_section = bool(names) or "properties" in resolved(target.schema)
    example = f"write '{key}: ...'"
    if names:
        example = f"write '{key}:' and below it 'name: ...' with one of: {', '.join(names)}"
    return Mistake(
        message=f"the {'section' if is_section else 'key'} '{key}' is missing",
        path=dotted(target.path),
        place=key_place(root, target.path[:-1]),
        hint=example,
    )


def _no_name(target: Target, root: MappingNode) -> Mistake | None:
    section = find(root, target.path)
    if not isinstance(section, MappingNode) or section.incomplete:
        return None
    names = tuple(variants(target.schema))
    return Mistake(
        message=f"the name of the {_noun(target.path)} is missing",
        path=dotted((*target.path, "name")),
        place=section.place,
        allowed=names,
        hint=f"write for example 'name: {_simplest(target)}' in this section",
    )


def _simplest(target: Target) -> str:
    """Return the first name of a tagged section that needs no other key."""
    options = variants(target.schema).items()
    return next(name for name, schema in options if schema.get("required") == ["name"])


def _wrong_name(target: Target, root: MappingNode) -> Mistake | None:
    path = (*target.path, "name")
    node = find(root, path)
    if node is None or _is_broken(node):
        return None
    names = tuple(variants(target.schema))
    text = node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
    message = f"expected a name, got {given(node)}"
    if text is not None:
        noun = _noun(target.path)
        message = f"there {'are' if noun.endswith('s') else 'is'} no {noun} named {quoted(text)}"
    return Mistake(
        message=message,
        path=dotted(path),
        place=node.place,
        allowed=names,
        suggestion=nearest(text, names) if text else None,
    )


def _unknown_key(target: Target, root: MappingNode) -> Mistake:
    section, key = target.path[:-1], str(target.path[-1])
    variant = _certain_variant(target, root)
    allowed = _allowed_keys(target, variant)
    hint = _owned_by(key, dotted(section), variant) if not other_name(key, allowed) else None
    suggestion = None if hint else nearest_key(key, dotted(section), allowed)
    if suggestion == key:  # it is a key of the file's top
        suggestion, hint = None, f"'{key}' stands at the top of a config, outside all sections"
    if key == "extends":
        suggestion, hint = None, "'extends' stands at the top of a file, outside all sections"
    if key == "name" and not section:
        suggestion, hint = None, "indent it below the section it names"
    if "." in key:
        outer, _, inner = key.partition(".")
        suggestion, hint = None, f"write '{outer}:' and on the next line, indented, '{inner}: ...'"
    return Mistake(
        message=f"unknown key {quoted(key)} {_where(section, variant)}",
        path=dotted(target.path),
        place=key_place(root, target.path),
        allowed=allowed,
        suggestion=suggestion,
        hint=hint,
    )


def _owned_by(key: str, section: str, variant: str | None) -> str | None:
    """Say which other variants of a section have a key, if any."""
    ours, names = owners(key, section)
    if variant is None or not names:
        return None
    *most, last = map(quoted, names)
    listed = f"{', '.join(most)} and {last} have" if most else f"{last} has"
    what = "it" if ours == key else quoted(ours)
    return f"{listed} {what}, {quoted(variant)} has not"


def _certain_variant(target: Target, root: MappingNode) -> str | None:
    """Return the name of the section, unless it was only tried because the real one is wrong."""
    node = find(root, (*target.path[:-1], "name"))
    if target.variant is None or not isinstance(node, ScalarNode):
        return target.variant
    is_meant = target.variant in {node.value, nearest(str(node.value), [target.variant])}
    return target.variant if is_meant else None


def _allowed_keys(target: Target, variant: str | None) -> tuple[str, ...]:
    keys = set(target.section.get("properties", {}))
    if target.variant and variant is None:
        path = dotted(target.path[:-1])
        for section, _, schema in sections():
            keys &= set(schema["properties"]) if section == path else keys
    return tuple(sorted(keys))


def _where(section: tuple[str | int, ...], variant: str | None) -> str:
    if not section:
        return "at the top of a config"
    if variant is None:
        return f"in '{dotted(section)}'"
    return f"for {_noun(section)} '{variant}'"


def _noun(path: tuple[str | int, ...]) -> str:
    """Say what a tagged section names."""
    return "dataset" if path[-1] == "data" else str(path[-1])


def _is_broken(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.broken
