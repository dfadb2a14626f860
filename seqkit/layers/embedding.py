"""Keras's embedding, which can forget whole words."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_fraction


@keras.saving.register_keras_serializable(package="seqkit")
class Embedding(keras.layers.Embedding):
    """`keras.layers.Embedding` with dropout on its rows: while training, some words have no vector at all.

    y[b, t] = E[x[b, t]] * m[x[b, t]] / (1 - rate), with m[w] ~ Bernoulli(1 - rate) for each word w, drawn once a call

    A word that is dropped is dropped wherever it stands in the batch.

    Args:
        input_dim: Positive integer. Number of different ids.
        output_dim: Positive integer. Width of the vectors.
        dropout: Float in [0, 1). Share of rows dropped while training. It stands in the config only where it is on, so
            that Keras reads ours.
        seed: Optional integer for the masks; in the config with `dropout`.
        kwargs: Those of `keras.layers.Embedding`.

    Call arguments:
        inputs: Integers `(batch, time)` in [0, input_dim).
        training: Rows are dropped only when `True`.

    Input shape: `(batch, time)`.
    Output shape: `(batch, time, output_dim)`.
    Masking: as `keras.layers.Embedding`: with `mask_zero`, id 0 is padding.

    Raises:
        InputError: if `dropout` is not in [0, 1).

    Example:

    >>> layer = Embedding(100, 4, dropout=0.5, seed=1)
    >>> outputs = keras.ops.convert_to_numpy(layer(np.array([[7, 8, 7]]), training=True))
    >>> bool((outputs[0, 0] == outputs[0, 2]).all())
    True

    References: Gal & Ghahramani 2016, section 4.2; Merity et al. 2018, section 4.3.
    """

    def __init__(
        self, input_dim: int, output_dim: int, dropout: float = 0.0, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(input_dim, output_dim, **kwargs)
        self.dropout = check_fraction("dropout", dropout)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if dropout else None

    def call(self, inputs: Any, training: bool = False) -> Any:
        outputs = super().call(inputs)
        if not (training and self.dropout):
            return outputs
        rows = ops.ones((self.input_dim, 1), dtype=outputs.dtype)
        scale = keras.random.dropout(rows, self.dropout, seed=self.seed_generator)  # 0 or 1 / (1 - rate)
        return outputs * ops.take(scale, inputs, axis=0)  # (batch, time, width) times (batch, time, 1)

    def compute_output_spec(self, inputs: Any, training: bool = False) -> keras.KerasTensor:
        return super().compute_output_spec(inputs)

    def get_config(self) -> dict:
        own = {"dropout": self.dropout, "seed": self.seed} if self.dropout else {}
        return {**super().get_config(), **own}
