"""Recurrent layers over steps, and what is kept of the last one."""

from collections.abc import Callable
from functools import partial

import keras

from dltrain.config.schema import LSTMConfig, RecurrentSection
from dltrain.models.sequence import last_states, pooled

CELLS = {
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
    "simple_rnn": keras.layers.SimpleRNN,
}
Layer = Callable[[int, str, keras.KerasTensor], keras.KerasTensor]


def recurrent_layer(
    config: RecurrentSection,
    units: int,
    name: str,
    tensor: keras.KerasTensor,
    mask: keras.KerasTensor | None = None,
) -> keras.KerasTensor:
    """One recurrent layer, in one direction or both.

    The loop is never written out step by step: that takes seconds to trace, gains nothing
    once the rows of a batch are many, and keeps cuDNN out. So does ``relu``: cuDNN's cells
    have tanh. Padding at the end cannot change a state before it, so the mask costs the loop
    nothing in one direction; a backward reading has to know where to begin.

    Args:
        config: the cell, the function of its new values where it is to be chosen, and
            whether to read backward too.
        units: of each direction.
        name: of the layer.
        tensor: ``(batch, steps, features)``.
        mask: ``(batch, steps)`` bool, false at padding, which stands at the end; or None.

    Returns:
        ``(batch, steps, units)``, or ``2 * units`` with both directions.
    """
    activation = config.activation if isinstance(config, LSTMConfig) else "tanh"
    cell = partial(CELLS[config.cell], activation=activation, return_sequences=True)
    if not config.bidirectional:
        return cell(units, name=name)(tensor)
    inner = cell(units, name=config.cell)
    return keras.layers.Bidirectional(inner, name=name)(tensor, mask=_never_empty(mask))


def _never_empty(mask: keras.KerasTensor | None) -> keras.KerasTensor | None:
    """The same mask with the first step always there: cuDNN takes no empty sequence.

    Only segments that are all padding have none, and what is read in them is never kept.
    """
    if mask is None:
        return None
    return keras.ops.concatenate([keras.ops.ones_like(mask[:, :1]), mask[:, 1:]], axis=1)


def stacked(config: RecurrentSection, tensor: keras.KerasTensor, layer: Layer) -> keras.KerasTensor:
    """One layer after the other, with dropout between them."""
    for index, units in enumerate(config.units, start=1):
        if index > 1:
            tensor = _dropped(config, tensor, f"recurrent_{index - 1}_dropout")
        tensor = layer(units, f"recurrent_{index}", tensor)
    return tensor


def kept(
    config: RecurrentSection, tensor: keras.KerasTensor, mask: keras.KerasTensor | None = None
) -> keras.KerasTensor:
    """What ``pooling`` keeps of the last layer's ``(batch, steps, features)``, with dropout."""
    if config.pooling == "last":
        vector = last_states(tensor, config.units[-1], mask)
    else:
        vector = pooled(config.pooling, tensor, mask)
    return _dropped(config, vector, f"recurrent_{len(config.units)}_dropout")


def _dropped(config: RecurrentSection, tensor: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return keras.layers.Dropout(config.dropout, name=name)(tensor) if config.dropout else tensor
