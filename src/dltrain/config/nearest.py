"""The right spelling that a wrong one probably meant."""

import difflib
from collections.abc import Iterable

from dltrain.config.fields import sections

_SHORTEST_PREFIX = 3

# What other programs call our keys.
SYNONYMS = {
    "act": "activation",
    "batch": "batch_size",
    "batchnorm": "batch_norm",
    "batch_normalization": "batch_norm",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "bn": "batch_norm",
    "bs": "batch_size",
    "clipnorm": "clip_norm",
    "dataset": "data",
    "dropout_rate": "dropout",
    "dtype": "precision",
    "eps": "epsilon",
    "gpus": "replicas",
    "gradient_clip_norm": "clip_norm",
    "hidden": "hidden_units",
    "jit_compile": "jit",
    "kernel": "kernel_size",
    "layers": "hidden_units",
    "lr": "learning_rate",
    "mixed_precision": "precision",
    "n_epochs": "epochs",
    "network": "model",
    "num_epochs": "epochs",
    "num_replicas": "replicas",
    "opt": "optimizer",
    "pool": "pool_size",
    "random_seed": "seed",
    "scheduler": "schedule",
    "training": "train",
    "type": "name",
    "units": "hidden_units",
    "val_split": "validation",
    "validation_split": "validation",
    "warmup_steps": "warmup",
    "wd": "weight_decay",
    "xla": "jit",
}


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word most like this one, if any is close."""
    by_lower = {option.lower(): option for option in allowed}
    starting = [option for lower, option in by_lower.items() if lower.startswith(word.lower())]
    if len(starting) == 1 and len(word) >= _SHORTEST_PREFIX:
        return starting[0]
    matches = difflib.get_close_matches(word.lower().replace("-", "_"), by_lower, n=1, cutoff=0.65)
    return by_lower[matches[0]] if matches else None


def nearest_key(key: str, path: str, allowed: Iterable[str]) -> str | None:
    """Return the key that was meant: here by another name, in another section, or a near one.

    Args:
        key: the unknown key.
        path: the dotted path of the section it stands in.
        allowed: the keys of that section.
    """
    options = list(allowed)
    meant = SYNONYMS.get(key.lower(), key)
    if meant in options:
        return meant
    return _elsewhere(meant, path) or nearest(key, options)


def owners(key: str, path: str) -> list[str]:
    """Return the names of the variants of a tagged section that do have this key."""
    return [
        name
        for section, name, schema in sections()
        if section == path and name and key in schema.get("properties", {})
    ]


def _elsewhere(key: str, path: str) -> str | None:
    """Return the full path of a key that exists in exactly one other section."""
    found = {
        f"{section}.{key}" if section else key
        for section, _, schema in sections()
        if section != path and key in schema.get("properties", {}) and key != "name"
    }
    return found.pop() if len(found) == 1 else None
