"""Ids as one-hot vectors."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_positive_int


@keras.saving.register_keras_serializable(package="seqkit")
class OneHot(keras.layers.Layer):
    """Ids as one-hot vectors: the input of a recurrent network with no embedding to learn.

    y[b, t, k] = 1 if x[b, t] = k, else 0

    Args:
        depth: Positive integer. Number of different ids.

    Call arguments:
        inputs: Integers `(batch, time)` in [0, depth).

    Input shape: `(batch, time)`.
    Output shape: `(batch, time, depth)`.
    Masking: makes none; passes a mask on unchanged.

    Raises:
        InputError: if `depth` is not a positive integer.

    Example:

    >>> keras.ops.convert_to_numpy(OneHot(3)(np.array([[2, 0]]))).tolist()
    [[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]
    """

    def __init__(self, depth: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.depth = check_positive_int("depth", depth)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:  # (batch, time) -> (batch, time, depth)
        return ops.one_hot(inputs, self.depth, dtype=self.compute_dtype)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*inputs.shape, self.depth), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "depth": self.depth}
