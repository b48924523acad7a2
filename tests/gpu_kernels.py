"""What of a compiled function a GPU would leave to its host, by TensorFlow's table of kernels.

The wheel for CPUs registers the kernels for GPUs too, so this needs no GPU. A kernel for a GPU may
take or give some tensors in the memory of the host: nearly all arithmetic on int32 is so.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from tensorflow.python.framework import kernels  # the table has no public name

NO_KERNELS = {
    "PartitionedCall",
    "StatefulPartitionedCall",
    "While",
    "StatelessWhile",
    "Placeholder",
}
"""What is inlined or lowered, or stands for an argument."""


def left_to_host(graph: Any, batch: int) -> set[str]:
    """Operations on a batch that a GPU has no kernel for, or one that works in the host's memory.

    Args:
        graph: of a traced function; those it calls are looked at too.
        batch: its number of examples, which no other size is a multiple of.

    Returns:
        Such as ``GatherV2 uint8``: the operation and the dtype of what has to be copied.
    """
    found = set()
    for operation in _operations(graph, set()):
        if operation.type not in NO_KERNELS:
            tensors = _in_host_memory(operation)
            on_batch = [each for each in tensors if _has_batch(each.shape, batch)]
            found |= {f"{operation.type} {tensor.dtype.name}" for tensor in on_batch}
    return found


def _has_batch(shape: Any, batch: int) -> bool:
    """Whether an axis is that of the examples, by itself or joined with others."""
    sizes = [] if shape.rank is None else shape.as_list()
    return any(size and size % batch == 0 for size in sizes)


def _operations(graph: Any, seen: set[str]) -> Iterator[Any]:
    yield from graph.get_operations()
    for name, function in graph._functions.items():
        if name not in seen:
            seen.add(name)
            yield from _operations(function.graph, seen)


def _in_host_memory(operation: Any) -> list[Any]:
    kernel = _gpu_kernel(operation)
    if kernel is None:
        return [*operation.inputs, *operation.outputs]
    definition = operation.op_def
    named = _named(operation, definition.input_arg, operation.inputs)
    named |= _named(operation, definition.output_arg, operation.outputs)
    return [tensor for name in kernel.host_memory_arg for tensor in named[name]]


def _named(operation: Any, arguments: Any, tensors: Any) -> dict[str, list[Any]]:
    named, rest = {}, list(tensors)
    for argument in arguments:
        count = 1
        if argument.number_attr:
            count = operation.get_attr(argument.number_attr)
        elif argument.type_list_attr:
            count = len(operation.get_attr(argument.type_list_attr))
        named[argument.name], rest = rest[:count], rest[count:]
    return named


def _gpu_kernel(operation: Any) -> Any:
    attributes = operation.node_def.attr
    for kernel in _kernels_of(operation.type):
        if all(attributes[c.name].type in c.allowed_values.list.type for c in kernel.constraint):
            return kernel
    return None


@cache
def _kernels_of(name: str) -> list[Any]:
    registered = kernels.get_registered_kernels_for_op(name).kernel
    return [each for each in registered if each.device_type in {"GPU", "DEFAULT"}]
