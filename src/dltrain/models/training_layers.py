"""Whether the model under construction is to be trained on a CPU, where some layers have quicker kin."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_for_training_on_cpu: ContextVar[bool] = ContextVar("_for_training_on_cpu", default=False)


@contextmanager
def built_for_training(*, on_cpu: bool) -> Iterator[None]:
    """Models built in this context have layers that train quicker on a CPU, if it is one.

    Their variables are those of any other, and so are their outputs when they are judged; but
    plain Keras does not know the layers, so such a model is never the one that is saved.
    """
    token = _for_training_on_cpu.set(on_cpu)
    try:
        yield
    finally:
        _for_training_on_cpu.reset(token)


def trains_on_cpu() -> bool:
    """Whether a model built now is one of those."""
    return _for_training_on_cpu.get()
