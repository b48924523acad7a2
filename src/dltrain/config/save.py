"""A config tree as YAML that loads back to an equal tree, its digest, and differences."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dltrain.config.scalars import resolve, trap
from dltrain.config.schema import ExperimentConfig
from dltrain.config.wording import written


@dataclass(frozen=True)
class Line:
    """One line of saved YAML; ``is_section`` when further lines stand below its key."""

    path: str
    text: str
    is_section: bool


def to_yaml(experiment: ExperimentConfig) -> str:
    """Write the whole tree as plain YAML that `load_config` reads back to an equal tree."""
    return "".join(f"{line.text}\n" for line in yaml_lines(experiment))


def yaml_lines(experiment: ExperimentConfig) -> list[Line]:
    """Return the lines of `to_yaml` with the dotted path that each stands for."""
    return list(_lines(experiment.model_dump(), "", 0))


def digest(experiment: ExperimentConfig) -> str:
    """Return 8 hex digits that stand for the whole tree, defaults included."""
    canonical = json.dumps(
        experiment.model_dump(mode="json"), sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def differences(
    first: ExperimentConfig, second: ExperimentConfig
) -> list[tuple[str, object, object]]:
    """Return dotted path and both values wherever two trees differ; None where one has no such key.

    Keys come in the order of the first tree, then those only the second has.
    """
    left, right = dict(_leaves(first.model_dump(), "")), dict(_leaves(second.model_dump(), ""))
    return [
        (path, left.get(path), right.get(path))
        for path in dict.fromkeys([*left, *right])
        if left.get(path) != right.get(path) or (path in left) != (path in right)
    ]


def _lines(section: dict[str, Any], path: str, depth: int) -> Iterator[Line]:
    indent = "  " * depth
    for key, value in _name_first(section).items():
        inner = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield Line(inner, f"{indent}{inline(key)}:", is_section=True)
            yield from _lines(value, inner, depth + 1)
        else:
            yield Line(inner, f"{indent}{inline(key)}: {inline(value)}", is_section=False)


def _name_first(section: dict[str, Any]) -> dict[str, Any]:
    return {"name": section["name"], **section} if "name" in section else section


def inline(value: Any) -> str:
    """Return a value as YAML on one line, text quoted only where it has to be."""
    if isinstance(value, dict):
        pairs = (f"{inline(key)}: {inline(item)}" for key, item in _name_first(value).items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(inline(item) for item in value)}]"
    if isinstance(value, str):
        is_plain = value.replace("_", "").replace("-", "").isalnum() and value.isascii()
        safe = is_plain and value[0] != "-" and resolve(value) == value and not trap(value)
        return value if safe else _quoted(value)
    return str(value) if type(value) is int else written(value)  # all digits of a large one


def _quoted(value: str) -> str:
    """Write text between double quotes, with an escape for what YAML or a terminal would mind."""
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08x}"
        for char in json.dumps(value, ensure_ascii=False)
    )


def _leaves(section: dict[str, Any], path: str) -> Iterator[tuple[str, object]]:
    for key, value in section.items():
        inner = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield from _leaves(value, inner)
        else:
            yield inner, value
