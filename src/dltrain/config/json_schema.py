"""The JSON Schema that editors use to complete and check configs while they are typed."""

from typing import Any

from dltrain.config.fields import tree_schema

_EXTENDS = {
    "type": "string",
    "description": "Another config, relative to this file, that this one is laid over.",
}


def json_schema() -> dict[str, Any]:
    """Return the schema of a config file.

    No key is required anywhere, because a file may get the rest from what it extends.
    """
    schema: dict[str, Any] = _loosened(tree_schema())
    schema["properties"] = {"extends": _EXTENDS, **schema["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "dltrain experiment config",
    }


def _loosened(schema: Any, *, names_are_keys: bool = False) -> Any:
    """Drop ``required`` and turn tagged unions into ``anyOf``; property names stay."""
    if isinstance(schema, list):
        return [_loosened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if names_are_keys:
        return {name: _loosened(item) for name, item in schema.items()}
    return {
        "anyOf" if key == "oneOf" else key: _loosened(
            value, names_are_keys=key in {"properties", "$defs"}
        )
        for key, value in schema.items()
        if key not in {"required", "discriminator"}
    }
