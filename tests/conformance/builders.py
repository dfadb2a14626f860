"""The table of builders: a new builder adds one row."""

from collections.abc import Callable
from dataclasses import dataclass

import keras

from seqkit.layers import CELLS
from seqkit.losses import CRFLoss, MaskedCrossEntropy
from seqkit.models import POOLINGS, language_model, many_to_many, many_to_one


@dataclass(frozen=True)
class Row:
    """One builder: a small model, the number of ids it takes, and what it is trained on."""

    name: str
    build: Callable[..., keras.Model]
    ids: int
    loss: Callable[[], keras.losses.Loss] = MaskedCrossEntropy
    padded: bool = False  # id 0 is padding
    by_step: bool = True  # an output a step, or one a sequence
    dtype: str = "bfloat16"  # of the outputs, where it computes in bfloat16


BUILDERS = [
    *(
        Row(
            f"language_model_{cell}",
            lambda cell=cell, **k: language_model(vocabulary_size=6, cell=cell, units=8, **k),
            6,
        )
        for cell in CELLS
    ),
    Row(
        "language_model_tied",
        lambda **k: language_model(vocabulary_size=6, units=8, embedding=5, head="tied", **k),
        6,
    ),
    Row(
        "language_model_adaptive",
        lambda **k: language_model(vocabulary_size=6, units=16, head="adaptive", cutoffs=(2, 4), **k),
        6,
    ),
    Row("language_model_one_hot", lambda **k: language_model(vocabulary_size=6, units=8, embedding=None, **k), 6),
    *(
        Row(
            f"many_to_many_{cell}",
            lambda cell=cell, **k: many_to_many(
                vocabulary_size=6, num_tags=6, cell=cell, units=8, depth=1 + (cell == "lstm"), embedding=5, **k
            ),
            6,
            padded=True,
        )
        for cell in CELLS
    ),
    Row(
        "many_to_many_crf",
        lambda **k: many_to_many(vocabulary_size=6, num_tags=6, units=8, embedding=5, head="crf", **k),
        6,
        loss=CRFLoss,
        padded=True,
        dtype="float32",
    ),
    *(
        Row(
            f"many_to_one_{pooling}",
            lambda pooling=pooling, **k: many_to_one(
                vocabulary_size=6, num_outputs=3, units=8, embedding=5, pooling=pooling, **k
            ),
            6,
            padded=True,
            by_step=False,
        )
        for pooling in POOLINGS
    ),
]
