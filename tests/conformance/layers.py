"""The table of layers: a new layer adds one row."""

from dataclasses import dataclass
from typing import Any

import keras

from seqkit.layers import (
    CHARACTER_ENCODERS,
    CRF,
    GRU,
    LSTM,
    ActivationRegularization,
    AdaptiveSoftmax,
    AttentionPooling,
    CharacterEncoder,
    Embedding,
    LockedDropout,
    MinimalGRU,
    OneHot,
    Pooling,
    RareWordDropout,
    RecurrentStack,
    SequenceEncoder,
    SimpleRNN,
)


@dataclass(frozen=True)
class Row:
    """One layer: how to make it, what it takes, and whether it heeds a mask."""

    name: str
    kind: type[keras.layers.Layer]
    arguments: dict[str, Any]
    features: int | None  # None: takes ids (batch, time)
    masked: bool = False
    ids: int = 0  # number of different ids, where it takes ids
    characters: int = 0  # ids of a word, where it takes several
    dtype: str = "bfloat16"  # of the outputs, where it computes in bfloat16


LAYERS = [
    Row("one_hot", OneHot, {"depth": 6}, features=None, ids=6),
    Row("embedding", Embedding, {"input_dim": 6, "output_dim": 4, "dropout": 0.5, "seed": 3}, features=None, ids=6),
    Row("adaptive_softmax", AdaptiveSoftmax, {"vocabulary_size": 9, "cutoffs": [3, 6], "reduction": 2}, features=4),
    *(
        Row(
            f"character_encoder_{kind}",
            CharacterEncoder,
            {"num_characters": 6, "units": 5, "kind": kind, "dropout": 0.5, "seed": 3},
            features=None,
            ids=6,
            characters=7,
        )
        for kind in CHARACTER_ENCODERS
    ),
    Row(
        "rare_word_dropout",
        RareWordDropout,
        {"rate": 0.5, "first": 3, "seed": 3},
        features=None,
        ids=6,
        dtype="int32",
    ),
    Row(
        "crf",
        CRF,
        {"num_tags": 4, "forbidden": [[None, 2], [0, 2], [3, None]]},
        features=4,
        masked=True,
        dtype="float32",
    ),
    *(
        Row(f"pooling_{kind}", Pooling, {"kind": kind, "bidirectional": True}, features=4, masked=True)
        for kind in ("last", "max", "mean")
    ),
    Row("attention_pooling", AttentionPooling, {"units": 5}, features=4, masked=True),
    *(
        Row(
            f"sequence_encoder_{cell}",
            SequenceEncoder,
            {"cell": cell, "units": 5, "depth": 2, "bidirectional": True, "dropout": 0.5, "weight_drop": 0.5}
            | {"seed": 3},
            features=4,
            masked=True,
        )
        for cell in ("simple_rnn", "minimal_gru", "gru", "lstm")
    ),
    Row("locked_dropout", LockedDropout, {"rate": 0.5, "seed": 3}, features=4),
    Row(
        "activation_regularization",
        ActivationRegularization,
        {"activation": 1.0, "temporal": 2.0},
        features=4,
        masked=True,
    ),
    Row("simple_rnn", SimpleRNN, {"units": 5, "return_sequences": True}, features=4, masked=True),
    Row("gru", GRU, {"units": 5, "return_sequences": True}, features=4, masked=True),
    Row("lstm", LSTM, {"units": 5, "return_sequences": True}, features=4, masked=True),
    Row("minimal_gru", MinimalGRU, {"units": 5, "return_sequences": True}, features=4, masked=True),
    *(
        Row(f"recurrent_stack_{cell}", RecurrentStack, {"cell": cell, "units": 5, "depth": 2}, features=4, masked=True)
        for cell in ("simple_rnn", "minimal_gru", "gru", "lstm")
    ),
    *(
        Row(f"weight_drop_{kind.__name__}", kind, {"units": 5, "return_sequences": True, "weight_drop": 0.5}, 4, True)
        for kind in (SimpleRNN, GRU, LSTM, MinimalGRU)
    ),
    Row(
        "recurrent_stack_regularized",
        RecurrentStack,
        {"cell": "lstm", "units": 5, "depth": 2, "dropout": 0.5, "dropout_mask": "sequence", "weight_drop": 0.5}
        | {"forget_bias": 2.0, "seed": 3},
        features=4,
        masked=True,
    ),
]
