"""The table of layers: a new layer adds one row."""

from dataclasses import dataclass
from typing import Any

import keras

from seqkit.layers import GRU, LSTM, MinimalGRU, OneHot, RecurrentStack, SimpleRNN


@dataclass(frozen=True)
class Row:
    """One layer: how to make it, what it takes, and whether it heeds a mask."""

    name: str
    kind: type[keras.layers.Layer]
    arguments: dict[str, Any]
    features: int | None  # None: takes ids (batch, time)
    masked: bool = False
    ids: int = 0  # number of different ids, where it takes ids


LAYERS = [
    Row("one_hot", OneHot, {"depth": 6}, features=None, ids=6),
    Row("simple_rnn", SimpleRNN, {"units": 5, "return_sequences": True}, features=4, masked=True),
    Row("gru", GRU, {"units": 5, "return_sequences": True}, features=4, masked=True),
    Row("lstm", LSTM, {"units": 5, "return_sequences": True}, features=4, masked=True),
    Row("minimal_gru", MinimalGRU, {"units": 5, "return_sequences": True}, features=4, masked=True),
    *(
        Row(f"recurrent_stack_{cell}", RecurrentStack, {"cell": cell, "units": 5, "depth": 2}, features=4, masked=True)
        for cell in ("simple_rnn", "minimal_gru", "gru", "lstm")
    ),
]
