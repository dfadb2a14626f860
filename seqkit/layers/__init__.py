"""Keras layers for sequences."""

from seqkit.layers.activation_regularization import ActivationRegularization as ActivationRegularization
from seqkit.layers.adaptive_softmax import AdaptiveSoftmax as AdaptiveSoftmax
from seqkit.layers.cells import CELLS as CELLS
from seqkit.layers.cells import GRUState as GRUState
from seqkit.layers.cells import LSTMState as LSTMState
from seqkit.layers.cells import MinimalGRUState as MinimalGRUState
from seqkit.layers.cells import SimpleRNNState as SimpleRNNState
from seqkit.layers.dropout import DROPOUT_MASKS as DROPOUT_MASKS
from seqkit.layers.dropout import dropout_layer as dropout_layer
from seqkit.layers.embedding import Embedding as Embedding
from seqkit.layers.forget_bias import ForgetBias as ForgetBias
from seqkit.layers.gru import GRU as GRU
from seqkit.layers.locked_dropout import LockedDropout as LockedDropout
from seqkit.layers.lstm import LSTM as LSTM
from seqkit.layers.minimal_gru import MinimalGRU as MinimalGRU
from seqkit.layers.minimal_gru_cell import MinimalGRUCell as MinimalGRUCell
from seqkit.layers.one_hot import OneHot as OneHot
from seqkit.layers.recurrent_stack import RecurrentStack as RecurrentStack
from seqkit.layers.simple_rnn import SimpleRNN as SimpleRNN
from seqkit.layers.tied_head import TiedHead as TiedHead

__all__ = [
    "CELLS",
    "DROPOUT_MASKS",
    "GRU",
    "LSTM",
    "ActivationRegularization",
    "AdaptiveSoftmax",
    "Embedding",
    "ForgetBias",
    "GRUState",
    "LSTMState",
    "LockedDropout",
    "MinimalGRU",
    "MinimalGRUCell",
    "MinimalGRUState",
    "OneHot",
    "RecurrentStack",
    "SimpleRNN",
    "SimpleRNNState",
    "TiedHead",
    "dropout_layer",
]
