"""What the schema knows about a path: its field, the keys around it, the names of a union."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dltrain.config.schema import ExperimentConfig

JsonSchema = dict[str, Any]
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Target:
    """Where a pydantic location leads.

    Attributes:
        path: the keys as the user writes them, without the tags of unions.
        schema: JSON Schema of the value there; empty for an unknown key.
        section: JSON Schema of the section the last key stands in.
        variant: the tag of that section, e.g. ``cnn``; None where it has none.
    """

    path: Path
    schema: JsonSchema
    section: JsonSchema
    variant: str | None


@cache
def tree_schema() -> JsonSchema:
    """Return the JSON Schema of the whole config tree."""
    return ExperimentConfig.model_json_schema()


def resolved(schema: JsonSchema) -> JsonSchema:
    """Follow a reference, also one that may be null instead."""
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    if len(options) == 1:
        return resolved(options[0])
    if "$ref" in schema:
        definition: JsonSchema = tree_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return definition
    return schema


def variants(schema: JsonSchema) -> dict[str, JsonSchema]:
    """Return the sections of a tagged union by their names; empty for anything else."""
    mapping = resolved(schema).get("discriminator", {}).get("mapping", {})
    return {name: resolved({"$ref": reference}) for name, reference in mapping.items()}


def locate(location: Sequence[str | int]) -> Target:
    """Follow a pydantic location, in which tags of unions stand between the keys."""
    schema, section, variant = resolved(tree_schema()), resolved(tree_schema()), None
    path: list[str | int] = []
    tag: str | None = None
    for part in location:
        tagged = variants(schema)
        if tagged and isinstance(part, str) and part in tagged:
            schema, tag = tagged[part], part
            continue
        section, variant, tag = resolved(schema), tag, None
        inner = section.get("properties", {}).get(part, {}) if isinstance(part, str) else None
        schema = inner if inner is not None else section.get("items", {})
        path.append(part)
    return Target(tuple(path), schema, section, variant)


def dotted(path: Sequence[str | int]) -> str:
    """Write a path as the user would, e.g. ``model.filters[1]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def sections() -> Iterator[tuple[str, str | None, JsonSchema]]:
    """Yield the dotted path, the name in a union, and the schema of every section there is."""
    yield from _sections_below("", None, tree_schema())


def _sections_below(
    path: str, name: str | None, section: JsonSchema
) -> Iterator[tuple[str, str | None, JsonSchema]]:
    yield path, name, section
    for key, schema in section.get("properties", {}).items():
        inner = f"{path}.{key}" if path else key
        for variant, option in variants(schema).items():
            yield from _sections_below(inner, variant, option)
        if "properties" in resolved(schema):
            yield from _sections_below(inner, None, resolved(schema))


@cache
def tagged_sections() -> dict[str, str | None]:
    """Return the paths of all tagged unions with the name each has by default, if any."""
    defaults: dict[str, str | None] = {}
    for path, _, section in sections():
        for key, schema in section.get("properties", {}).items():
            if variants(schema):
                inner = f"{path}.{key}" if path else key
                defaults[inner] = (schema.get("default") or {}).get("name")
    return defaults
