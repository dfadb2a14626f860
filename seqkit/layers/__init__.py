"""Keras layers for sequences."""

from seqkit.layers.activation_regularization import ActivationRegularization as ActivationRegularization
from seqkit.layers.adaptive_softmax import AdaptiveSoftmax as AdaptiveSoftmax
from seqkit.layers.attention_pooling import AttentionPooling as AttentionPooling
from seqkit.layers.cells import CELLS as CELLS
from seqkit.layers.cells import GRUState as GRUState
from seqkit.layers.cells import LSTMState as LSTMState
from seqkit.layers.cells import MinimalGRUState as MinimalGRUState
from seqkit.layers.cells import SimpleRNNState as SimpleRNNState
from seqkit.layers.character_encoder import CHARACTER_ENCODERS as CHARACTER_ENCODERS
from seqkit.layers.character_encoder import CharacterEncoder as CharacterEncoder
from seqkit.layers.crf import CRF as CRF
from seqkit.layers.dropout import DROPOUT_MASKS as DROPOUT_MASKS
from seqkit.layers.dropout import dropout_layer as dropout_layer
from seqkit.layers.embedding import Embedding as Embedding
from seqkit.layers.forget_bias import ForgetBias as ForgetBias
from seqkit.layers.gru import GRU as GRU
from seqkit.layers.locked_dropout import LockedDropout as LockedDropout
from seqkit.layers.lstm import LSTM as LSTM
from seqkit.layers.masked_concatenate import MaskedConcatenate as MaskedConcatenate
from seqkit.layers.minimal_gru import MinimalGRU as MinimalGRU
from seqkit.layers.minimal_gru_cell import MinimalGRUCell as MinimalGRUCell
from seqkit.layers.one_hot import OneHot as OneHot
from seqkit.layers.pooling import Pooling as Pooling
from seqkit.layers.rare_word_dropout import RareWordDropout as RareWordDropout
from seqkit.layers.recurrent_stack import RecurrentStack as RecurrentStack
from seqkit.layers.sequence_encoder import SequenceEncoder as SequenceEncoder
from seqkit.layers.simple_rnn import SimpleRNN as SimpleRNN
from seqkit.layers.tied_head import TiedHead as TiedHead

__all__ = [
    "CELLS",
    "CHARACTER_ENCODERS",
    "CRF",
    "DROPOUT_MASKS",
    "GRU",
    "LSTM",
    "ActivationRegularization",
    "AdaptiveSoftmax",
    "AttentionPooling",
    "CharacterEncoder",
    "Embedding",
    "ForgetBias",
    "GRUState",
    "LSTMState",
    "LockedDropout",
    "MaskedConcatenate",
    "MinimalGRU",
    "MinimalGRUCell",
    "MinimalGRUState",
    "OneHot",
    "Pooling",
    "RareWordDropout",
    "RecurrentStack",
    "SequenceEncoder",
    "SimpleRNN",
    "SimpleRNNState",
    "TiedHead",
    "dropout_layer",
]
