"""Between Keras variables and the arrays of a checkpoint."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from dltrain.checkpoints.store import Arrays
from dltrain.errors import CheckpointError

Roles = Mapping[str, Sequence[keras.Variable]]


def to_arrays(roles: Roles) -> Arrays:
    """Read every variable, keyed by role and index; automatic names depend on the process."""
    return {
        f"{role}/{index:04d}": variable.numpy()
        for role, variables in roles.items()
        for index, variable in enumerate(variables)
    }


def assign(arrays: Arrays, roles: Roles, *, written_by: str) -> None:
    """Put a checkpoint's arrays back into the variables of the given roles.

    Args:
        arrays: a checkpoint's arrays.
        roles: the variables of each role, in the order they were saved.
        written_by: dltrain version that wrote the checkpoint, for the message.

    Raises:
        CheckpointError: a variable is missing or has another shape or dtype.
    """
    for role, variables in roles.items():
        stored = sorted(key for key in arrays if key.startswith(f"{role}/"))
        if len(stored) != len(variables):
            raise CheckpointError(
                f"the checkpoint holds {len(stored)} {role} variables, the {role} built from its "
                f"config has {len(variables)}: its builder has changed since dltrain {written_by}."
            )
        for key, variable in zip(stored, variables, strict=True):
            _assign_one(key, arrays[key], variable, written_by)


def _assign_one(
    key: str, array: np.ndarray[Any, Any], variable: keras.Variable, written_by: str
) -> None:
    if tuple(variable.shape) != array.shape or str(variable.dtype) != str(array.dtype):
        raise CheckpointError(
            f"the checkpoint's {key} is {array.dtype} {array.shape}, the model's {variable.path} "
            f"is {variable.dtype} {tuple(variable.shape)}: its builder has changed since dltrain "
            f"{written_by}."
        )
    variable.assign(array)


def structure_of(model: keras.Model) -> str:
    """Digest of a model's configuration and of its variables' names, shapes and dtypes.

    How many replicas share batch normalisation is left out: it changes no number. So are
    names that count the models built in this process: the paths of variables of random
    layers, and the automatic names of operations that are no layers.
    """
    variables = [(v.name, tuple(v.shape), str(v.dtype)) for v in model.variables]
    counted = {
        operation.name: f"operation {position}"
        for position, operation in enumerate(model.operations)
        if not isinstance(operation, keras.Layer)
    }
    facts = json.dumps([_comparable(model.get_config(), counted), variables], default=str)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _comparable(config: Any, counted: dict[str, str]) -> Any:
    if isinstance(config, dict):
        return {
            key: _renamed(value, counted)
            if key in {"name", "keras_history"}
            else _comparable(value, counted)
            for key, value in config.items()
            if key != "synchronized"
        }
    if isinstance(config, list | tuple):
        return [_comparable(value, counted) for value in config]
    return config


def _renamed(value: Any, counted: dict[str, str]) -> Any:
    """An operation's name, or a tensor's history, which begins with one."""
    if isinstance(value, str):
        return counted.get(value, value)
    return [_renamed(value[0], counted), *value[1:]] if value else value


def refuse_changed_builder(structure: str, written: str, written_by: str) -> None:
    """Make sure that today's builder makes the model the checkpoint was made with.

    Args:
        structure: of today's model.
        written: that in the checkpoint.
        written_by: the version of dltrain that wrote it.

    Raises:
        CheckpointError: it makes another one.
    """
    if structure != written:
        raise CheckpointError(
            f"the model built from the checkpoint's config is not the one it was made with: the "
            f"builder has changed since dltrain {written_by}.\n"
            f"Use dltrain {written_by} for this run, or train it again with --fresh."
        )
