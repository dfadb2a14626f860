"""Logits from the rows of an embedding."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_positive_int


@keras.saving.register_keras_serializable(package="seqkit")
class TiedHead(keras.layers.Layer):
    """The logits of a vocabulary by the matrix that embeds it: what goes in and what comes out share their vectors.

    logits[b, t, w] = x[b, t] . E[w] + b[w]

    Args:
        vocabulary_size: Positive integer. Rows of the matrix.

    Call arguments:
        inputs: `(batch, time, width)`.
        embeddings: E, `(vocabulary_size, width)`: the weight of the embedding, which stays its owner.

    Input shape: `(batch, time, width)`.
    Output shape: `(batch, time, vocabulary_size)`.
    Masking: passes a mask on unchanged.

    Raises:
        InputError: if `vocabulary_size` is not a positive integer.

    Example:

    >>> tuple(TiedHead(5)(np.zeros((2, 3, 4)), np.ones((5, 4))).shape)
    (2, 3, 5)

    References: Press & Wolf 2017; Inan et al. 2017.
    """

    def __init__(self, vocabulary_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = check_positive_int("vocabulary_size", vocabulary_size)
        self.supports_masking = True

    def build(self, inputs_shape: tuple, embeddings_shape: tuple) -> None:
        self.bias = self.add_weight(shape=(self.vocabulary_size,), initializer="zeros", name="bias")
        self.built = True

    def call(self, inputs: Any, embeddings: Any) -> Any:
        matrix = ops.transpose(ops.cast(embeddings, self.compute_dtype))
        return ops.matmul(inputs, matrix) + self.bias  # (batch, time, vocabulary)

    def compute_output_spec(self, inputs: Any, embeddings: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*inputs.shape[:-1], self.vocabulary_size), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size}
