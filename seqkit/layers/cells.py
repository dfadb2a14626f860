"""The choice of recurrent cells, and the named state of each."""

from typing import Any, NamedTuple

import keras

from seqkit.checks import check_choice
from seqkit.layers.gru import GRU
from seqkit.layers.lstm import LSTM
from seqkit.layers.minimal_gru import MinimalGRU
from seqkit.layers.simple_rnn import SimpleRNN

__all__ = ["CELLS", "GRUState", "LSTMState", "MinimalGRUState", "SimpleRNNState", "recurrent_layer", "state_type"]


class SimpleRNNState(NamedTuple):
    """State of a simple RNN: `hidden`, `(batch, units)`."""

    hidden: Any


class MinimalGRUState(NamedTuple):
    """State of a minimal GRU: `hidden`, `(batch, units)`."""

    hidden: Any


class GRUState(NamedTuple):
    """State of a GRU: `hidden`, `(batch, units)`."""

    hidden: Any


class LSTMState(NamedTuple):
    """State of an LSTM: `hidden` (the last output) and `cell` (the memory), both `(batch, units)`."""

    hidden: Any
    cell: Any


_LAYERS = {
    "simple_rnn": (SimpleRNN, SimpleRNNState),
    "minimal_gru": (MinimalGRU, MinimalGRUState),
    "gru": (GRU, GRUState),
    "lstm": (LSTM, LSTMState),
}

# The closed choice that builders, settings and command lines share.
CELLS = tuple(_LAYERS)


def recurrent_layer(cell: str, units: int, *, name: str | None = None, dtype: Any = None) -> keras.layers.RNN:
    """A recurrent layer that returns its whole output and its state.

    Args:
        cell: One of `CELLS`.
        units: Width of the state.
        name: Name of the layer.
        dtype: Dtype or policy of the layer.

    Raises:
        InputError: if `cell` is not one of `CELLS`.
    """
    layer, _ = _LAYERS[check_choice("cell", cell, CELLS)]
    return layer(units, return_sequences=True, return_state=True, name=name, dtype=dtype)


def state_type(cell: str) -> Any:
    """The named tuple in which the state of `cell` travels.

    Example:

    >>> state_type("lstm")._fields
    ('hidden', 'cell')
    """
    return _LAYERS[check_choice("cell", cell, CELLS)][1]
