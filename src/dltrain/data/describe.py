"""What a person asks about one dataset: what it is, its config keys, what to type next."""

import re
from pathlib import Path
from typing import Any

from dltrain.config.fields import tree_schema, variants
from dltrain.config.shipped import list_shipped, read_shipped
from dltrain.data.catalog import IN_CONFIG, Entry
from dltrain.data.location import data_dir_option


def description(name: str) -> str:
    """One sentence about a dataset, from its config class."""
    return str(_section(name)["description"])


def config_keys(name: str) -> list[dict[str, Any]]:
    """The keys below ``data`` that a config may set for a dataset.

    Returns:
        For each key its ``name``, whether it is ``required``, its ``default`` and in one
        sentence its ``meaning``.
    """
    section = _section(name)
    return [
        {
            "name": key,
            "required": key in section["required"],
            "default": schema.get("default"),
            "meaning": schema["description"],
        }
        for key, schema in section["properties"].items()
        if key != "name"
    ]


def as_json(entry: Entry) -> dict[str, Any]:
    """Everything about one dataset for programs."""
    originals = zip(entry.source.originals, entry.in_place, strict=True)
    return {
        **entry.as_json(),
        "description": description(entry.info.name),
        "licence": entry.source.licence,
        "citation": entry.source.citation,
        "originals": [
            {
                "name": original.name,
                "url": original.url,
                "bytes": original.size,
                "sha256": original.sha256,
                "in_place": is_here,
            }
            for original, is_here in originals
        ],
        "config_keys": config_keys(entry.info.name),
    }


def in_config_as_json(name: str) -> dict[str, Any]:
    """All there is to say, for programs, about a name of `catalog.IN_CONFIG`."""
    return {
        "name": name,
        "state": "in_config",
        "description": description(name),
        "example": f"data: {IN_CONFIG[name]}",
        "config_keys": config_keys(name),
    }


def next_command(entry: Entry, data_dir: Path) -> str:
    """What to type next, so that it works as it is."""
    option = data_dir_option(data_dir)
    if entry.state not in {"embedded", "prepared"}:
        return f"dltrain data prepare {entry.info.name}{option}"
    return run_command(entry.info.name, "" if entry.source.is_embedded else option)


def run_command(name: str, option: str = "") -> str:
    """How to train on a set that is here, by the first shipped config there is for it.

    Args:
        name: of the set.
        option: what `run` needs to find the set.
    """
    shipped = _shipped_config(name)
    if shipped is None:
        return f"dltrain run CONFIG{option}"
    file = f"{shipped.rpartition('/')[2]}.yaml"
    return f"dltrain config copy {shipped} && dltrain run {file}{option}"


def _section(name: str) -> dict[str, Any]:
    return variants(tree_schema()["properties"]["data"])[name]


def _shipped_config(dataset: str) -> str | None:
    """The first config that comes with dltrain and names this dataset."""
    names_it = re.compile(rf"\bname: *{re.escape(dataset)}\b")
    return next(
        (name for name, _ in list_shipped() if names_it.search(read_shipped(name) or "")), None
    )
