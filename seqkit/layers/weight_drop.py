"""Dropout on the recurrent weights themselves."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops


@contextlib.contextmanager
def weight_drop(layer: Any, training: bool) -> Iterator[None]:
    """Within it, the layer's cell shows a recurrent kernel of which some entries are dropped.

    U' = U * M / (1 - rate), with M[i, j] ~ Bernoulli(1 - rate), drawn once a call

    Whatever reads the kernel then, our loop, Keras's or cuDNN, reads a plain matrix, and none of them becomes slower.

    Args:
        layer: A recurrent layer with `weight_drop`, whose cell has a `seed_generator`.
        training: Entries are dropped only when `True`.

    References: Wan et al. 2013; Merity et al. 2018, section 2.
    """
    if not (training and layer.weight_drop):
        yield
        return
    cell = layer.cell
    whole = cell.recurrent_kernel
    dropped = keras.random.dropout(ops.convert_to_tensor(whole), layer.weight_drop, seed=cell.seed_generator)
    # Not `setattr`: Keras would take the tensor for a new attribute to keep track of.
    object.__setattr__(cell, "recurrent_kernel", dropped)
    try:
        yield
    finally:
        object.__setattr__(cell, "recurrent_kernel", whole)
