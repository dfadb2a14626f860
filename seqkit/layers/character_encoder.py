"""A vector for each word from the characters it is written with."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_choice, check_fraction, check_positive_int
from seqkit.layers.cells import recurrent_layer
from seqkit.layers.locked_dropout import LockedDropout

# The closed choice that builders, settings and command lines share.
CHARACTER_ENCODERS = ("cnn", "lstm")


@keras.saving.register_keras_serializable(package="seqkit")
class CharacterEncoder(keras.layers.Layer):
    """A vector for each word from the characters it is written with.

    'cnn':  y[f] = max_k tanh(sum_w W_w c_{k+w} + b)[f] over its characters k, each the middle of a window;
    'lstm': y = [last state from left to right; last state from right to left]

    So words never seen still have a vector, from their endings, capitals and digits.

    Args:
        num_characters: Positive integer. Number of character ids; 0 is padding.
        units: Positive integer. Width of the vectors; 'lstm' takes half of it for each direction.
        kind: One of 'cnn', 'lstm'.
        embedding: Positive integer. Width of a character's own vector.
        width: Odd positive integer. Characters that one window of 'cnn' sees.
        dropout: Float in [0, 1). Share of the features of the characters' vectors dropped, for a whole word, while
            training.
        seed: Optional integer for what is dropped.

    Call arguments:
        inputs: Integers `(batch, time, characters)`, each word padded with 0 on the right.
        training: Features are dropped only when `True`.

    Input shape: `(batch, time, characters)`.
    Output shape: `(batch, time, units)`.
    Masking: padding changes nothing; a word without any character has the vector 0. No mask of steps is made, that is
        the words' own.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> encoder = CharacterEncoder(num_characters=30, units=6)
    >>> tuple(encoder(np.array([[[3, 1, 20], [5, 0, 0]]])).shape)
    (1, 2, 6)

    References: Ma & Hovy 2016, section 2.1 (CNN); Lample et al. 2016, section 4.1 (LSTM).
    """

    def __init__(
        self,
        num_characters: int,
        units: int,
        kind: str = "cnn",
        embedding: int = 25,
        width: int = 3,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_characters = check_positive_int("num_characters", num_characters)
        self.units = check_positive_int("units", units)
        self.kind = check_choice("kind", kind, CHARACTER_ENCODERS)
        self.embedding = check_positive_int("embedding", embedding)
        self.width = check_choice("width", width, range(1, 100, 2))
        self.dropout = check_fraction("dropout", dropout)
        self.seed = seed
        policy = self.dtype_policy
        self.embedding_layer = keras.layers.Embedding(num_characters, embedding, name="embedding", dtype=policy)
        self.dropout_layer = LockedDropout(dropout, seed=seed, name="dropout", dtype=policy)
        self.readers = self._readers(policy)

    def _readers(self, policy: Any) -> list[keras.layers.Layer]:
        if self.kind == "cnn":
            return [keras.layers.Conv1D(self.units, self.width, padding="same", name="windows", dtype=policy)]
        return [
            recurrent_layer("lstm", units, go_backwards=backwards, name=name, dtype=policy)
            for units, backwards, name in (
                (self.units - self.units // 2, False, "forward"),
                (self.units // 2, True, "backward"),
            )
            if units
        ]

    def build(self, input_shape: tuple) -> None:
        self.embedding_layer.build((None, None))
        for reader in self.readers:
            reader.build((None, None, self.embedding))
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        batch, time, characters = ops.shape(inputs)
        ids = ops.reshape(inputs, (batch * time, characters))  # (words, characters)
        present = ops.not_equal(ids, 0)
        embedded = self.dropout_layer(self.embedding_layer(ids), training=training)
        read = self._windows if self.kind == "cnn" else self._both_ways
        return ops.reshape(read(embedded, present), (batch, time, self.units))

    def _windows(self, embedded: Any, present: Any) -> Any:
        present = present[..., None]
        found = ops.tanh(self.readers[0](ops.where(present, embedded, 0.0)))  # (words, characters, units)
        highest = ops.max(ops.where(present, found, -1.0), axis=1)  # no tanh is lower
        return ops.where(ops.any(present, axis=1), highest, 0.0)

    def _both_ways(self, embedded: Any, present: Any) -> Any:
        return ops.concatenate([reader(embedded, mask=present)[1] for reader in self.readers], axis=-1)

    def compute_output_spec(self, inputs: Any, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor((*inputs.shape[:2], self.units), dtype=self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return None

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_characters": self.num_characters,
            "units": self.units,
            "kind": self.kind,
            "embedding": self.embedding,
            "width": self.width,
            "dropout": self.dropout,
            "seed": self.seed,
        }
