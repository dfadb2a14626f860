"""The choice of dropout masks."""

from typing import Any

import keras

from seqkit.checks import check_choice
from seqkit.layers.locked_dropout import LockedDropout

__all__ = ["DROPOUT_MASKS", "dropout_layer"]

# The closed choice that builders, settings and command lines share.
DROPOUT_MASKS = ("step", "sequence")


def dropout_layer(
    mask: str, rate: float, *, seed: int | None = None, name: str | None = None, dtype: Any = None
) -> keras.layers.Layer:
    """A layer that drops features of `(batch, time, features)`.

    Args:
        mask: 'step' draws a mask for every step (`keras.layers.Dropout`), 'sequence' one for all steps of a sequence
            (`LockedDropout`).
        rate: Float in [0, 1). Share of features dropped while training.
        seed: Optional integer for the masks.
        name: Name of the layer.
        dtype: Dtype or policy of the layer.

    Raises:
        InputError: if `mask` is not one of `DROPOUT_MASKS`.
    """
    kind = keras.layers.Dropout if check_choice("dropout_mask", mask, DROPOUT_MASKS) == "step" else LockedDropout
    return kind(rate, seed=seed, name=name, dtype=dtype)
