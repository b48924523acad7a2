"""The right spelling that a wrong one probably meant."""

import difflib
from collections.abc import Iterable

from dltrain.config import other_names
from dltrain.config.fields import sections

_SHORTEST_PREFIX = 3


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word most like this one, if any is close."""
    by_lower = {option.lower(): option for option in allowed}
    name = word.lower().replace("-", "_").replace(" ", "_")
    for ours, others in other_names.VALUES.items():
        if ours in by_lower and name in others:
            return ours
    starting = [option for lower, option in by_lower.items() if lower.startswith(word.lower())]
    if len(starting) == 1 and len(word) >= _SHORTEST_PREFIX:
        return starting[0]
    matches = difflib.get_close_matches(name, by_lower, n=1, cutoff=0.65)
    return by_lower[matches[0]] if matches else None


def nearest_key(key: str, path: str, allowed: Iterable[str]) -> str | None:
    """Return the key that was meant: here by another name, in another section, or a near one.

    Args:
        key: the unknown key.
        path: the dotted path of the section it stands in.
        allowed: the keys of that section.
    """
    options = list(allowed)
    meant = [key, *_ours(key)]
    elsewhere = (_elsewhere(option, path) for option in meant)
    return other_name(key, options) or next(filter(None, elsewhere), None) or nearest(key, options)


def other_name(key: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed key that other programs call so."""
    return next((ours for ours in _ours(key) if ours in allowed), None)


def _ours(key: str) -> list[str]:
    name = key.lower().replace("-", "_")
    return [ours for ours, others in other_names.KEYS.items() if name in others]


def owners(key: str, path: str) -> tuple[str, list[str]]:
    """Return what a tagged section calls this key, and which of its variants have it."""
    for ours in (key, *_ours(key)):
        names = [
            name
            for section, name, schema in sections()
            if section == path and name and ours in schema.get("properties", {})
        ]
        if names:
            return ours, names
    return key, []


def _elsewhere(key: str, path: str) -> str | None:
    """Return the full path of a key that exists in one other section, or in one above all others."""
    found = {
        f"{section}.{key}" if section else key
        for section, _, schema in sections()
        if section != path and key in schema.get("properties", {}) and key != "name"
    }
    highest = min((path.count(".") for path in found), default=0)
    nearest_to_top = [path for path in found if path.count(".") == highest]
    return nearest_to_top[0] if len(nearest_to_top) == 1 else None
