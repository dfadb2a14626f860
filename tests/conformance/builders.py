"""The table of builders: a new builder adds one row."""

from collections.abc import Callable
from dataclasses import dataclass

import keras

from seqkit.layers import CELLS
from seqkit.models import language_model


@dataclass(frozen=True)
class Row:
    """One builder: a small model, and the number of ids it takes."""

    name: str
    build: Callable[..., keras.Model]
    ids: int


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
]
