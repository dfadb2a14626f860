"""Keras layers for sequences."""

from seqkit.layers.cells import CELLS as CELLS
from seqkit.layers.cells import GRUState as GRUState
from seqkit.layers.cells import LSTMState as LSTMState
from seqkit.layers.cells import MinimalGRUState as MinimalGRUState
from seqkit.layers.cells import SimpleRNNState as SimpleRNNState
from seqkit.layers.gru import GRU as GRU
from seqkit.layers.lstm import LSTM as LSTM
from seqkit.layers.minimal_gru import MinimalGRU as MinimalGRU
from seqkit.layers.minimal_gru_cell import MinimalGRUCell as MinimalGRUCell
from seqkit.layers.one_hot import OneHot as OneHot
from seqkit.layers.recurrent_stack import RecurrentStack as RecurrentStack
from seqkit.layers.simple_rnn import SimpleRNN as SimpleRNN

__all__ = [
    "CELLS",
    "GRU",
    "GRUState",
    "LSTM",
    "LSTMState",
    "MinimalGRU",
    "MinimalGRUCell",
    "MinimalGRUState",
    "OneHot",
    "RecurrentStack",
    "SimpleRNN",
    "SimpleRNNState",
]
