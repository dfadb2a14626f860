"""The choice of recurrent cells, and the named state of each."""

from typing import Any, NamedTuple

import keras

from seqkit.checks import InputError, check_choice
from seqkit.layers.forget_bias import FORGETTING_CELLS, ForgetBias
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


def recurrent_layer(
    cell: str,
    units: int,
    *,
    weight_drop: float = 0.0,
    forget_bias: float | None = None,
    seed: int | None = None,
    return_state: bool = True,
    go_backwards: bool = False,
    name: str | None = None,
    dtype: Any = None,
) -> keras.layers.RNN:
    """A recurrent layer that returns its whole output and, unless told otherwise, its state.

    Args:
        cell: One of `CELLS`.
        units: Width of the state.
        weight_drop: Float in [0, 1). Share of the entries of the recurrent kernel dropped while training.
        forget_bias: Initial bias of the gate that keeps the old state, see `ForgetBias`; `None` leaves it to the layer.
        seed: Optional integer for what is dropped.
        return_state: Whether the state after the last step is returned as well.
        go_backwards: Whether to read from right to left, and return the outputs in that order.
        name: Name of the layer.
        dtype: Dtype or policy of the layer.

    Raises:
        InputError: if `cell` is not one of `CELLS`, or a bias is asked for where no gate forgets.
    """
    layer, _ = _LAYERS[check_choice("cell", cell, CELLS)]
    biases: dict[str, Any] = {}
    if forget_bias is not None:
        if cell not in FORGETTING_CELLS:
            raise InputError(
                f"`forget_bias` needs a gate that keeps the old state, as {', '.join(FORGETTING_CELLS)} have. "
                f"Received: cell={cell!r}, forget_bias={forget_bias!r}. Leave it out, or use another cell."
            )
        biases["bias_initializer"] = ForgetBias(cell, forget_bias)
        biases |= {"unit_forget_bias": False} if cell == "lstm" else {}  # Keras would put its own 1 in that place
    return layer(
        units,
        weight_drop=weight_drop,
        seed=seed,
        return_sequences=True,
        return_state=return_state,
        go_backwards=go_backwards,
        name=name,
        dtype=dtype,
        **biases,
    )


def state_type(cell: str) -> Any:
    """The named tuple in which the state of `cell` travels.

    Example:

    >>> state_type("lstm")._fields
    ('hidden', 'cell')
    """
    return _LAYERS[check_choice("cell", cell, CELLS)][1]
