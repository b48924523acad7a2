"""All errors of a tree, also those that pydantic does not reach behind a wrong ``name``."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dltrain.config.fields import locate, variants
from dltrain.config.nearest import nearest
from dltrain.config.schema import ExperimentConfig

_TAG_ERRORS = {"union_tag_invalid", "union_tag_not_found"}
_Identity = tuple[tuple[str | int, ...], str]


def validate(values: dict[str, Any]) -> ExperimentConfig | list[ErrorDetails]:
    """Return the experiment, or every error of the values.

    A section without a valid ``name`` is checked as the nearest name would have it;
    where none is near, only errors count that it would have under every name.
    """
    try:
        return ExperimentConfig.model_validate(values)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    for error_of_tag in [error for error in errors if error["type"] in _TAG_ERRORS]:
        errors += _errors_under_names(values, error_of_tag)
    return errors


def _errors_under_names(values: dict[str, Any], error: ErrorDetails) -> list[ErrorDetails]:
    target = locate(error["loc"])
    section = _at(values, target.path)
    names = list(variants(target.schema))
    near = nearest(str(section.get("name", "")), names)
    common: list[ErrorDetails] | None = None
    for name in [near] if near else names:
        result = validate(_replaced(values, target.path, {**section, "name": name}))
        found = [] if isinstance(result, ExperimentConfig) else result
        below = [item for item in found if _is_below(item, error)]
        if common is None:
            common = below
        else:
            identities = {_identity(item) for item in below}
            common = [item for item in common if _identity(item) in identities]
    return common or []


def _is_below(item: ErrorDetails, error: ErrorDetails) -> bool:
    depth = len(error["loc"])
    return item["loc"][:depth] == error["loc"] and len(item["loc"]) > depth


def _identity(error: ErrorDetails) -> _Identity:
    return locate(error["loc"]).path, error["type"]


def _at(values: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
    for part in path:
        values = values[part]
    section: dict[str, Any] = values
    return section


def _replaced(values: Any, path: tuple[str | int, ...], section: dict[str, Any]) -> Any:
    if not path:
        return section
    return {**values, path[0]: _replaced(values[path[0]], path[1:], section)}
