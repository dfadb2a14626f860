"""Features side by side, under the mask of the first."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="seqkit")
class MaskedConcatenate(keras.layers.Concatenate):
    """Features of the same steps side by side, under the mask that any of them has.

    `keras.layers.Concatenate` takes a step as there where *some* input says so, and an input without a mask says so
    everywhere: beside characters or shapes, which have none, the mask of the words would be lost. Here inputs without
    a mask have no say, and a step is there where all others say so.

    Args:
        kwargs: Those of `keras.layers.Layer`.

    Call arguments:
        inputs: A list of `(batch, time, features)`.

    Input shape: a list of `(batch, time, features)`.
    Output shape: `(batch, time, sum of features)`.
    Masking: passes on what the masks of the inputs have in common; none where no input has one.

    Example:

    >>> words = keras.layers.Embedding(9, 2, mask_zero=True)(np.array([[4, 0]]))
    >>> layer = MaskedConcatenate()
    >>> both = layer([words, np.ones((1, 2, 3))])
    >>> keras.ops.convert_to_numpy(layer.compute_mask([words, None], [words._keras_mask, None])).tolist()
    [[True, False]]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(axis=-1, **kwargs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = [one for one in mask or () if one is not None]
        if not masks:
            return None
        common = masks[0]
        for other in masks[1:]:
            common = keras.ops.logical_and(common, other)
        return common

    def get_config(self) -> dict:
        config = super().get_config()
        del config["axis"]  # always the features
        return config
