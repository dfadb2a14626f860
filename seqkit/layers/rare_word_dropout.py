"""Dropout that turns rare words into the unknown word."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_fraction, check_nonnegative_int


@keras.saving.register_keras_serializable(package="seqkit")
class RareWordDropout(keras.layers.Layer):
    """Replaces some rare words by `<unk>` while training, so that the model learns what to make of an unknown one.

    y[b, t] = unknown with probability `rate` where x[b, t] >= first, else x[b, t]

    A `Vocabulary` numbers words by how often they occur, so the rare ones are those from some id on. Without this a
    model whose vocabulary holds every training word meets its first unknown word after training.

    Args:
        rate: Float in [0, 1). Share of rare words that are replaced.
        first: Integer of at least 0. Id of the first rare word.
        unknown: Integer of at least 0. Id of `<unk>`.
        seed: Optional integer; the same seed draws the same places.

    Call arguments:
        inputs: Integers `(batch, time)`.
        training: Words are replaced only when `True`.

    Input shape: `(batch, time)`.
    Output shape: as the input.
    Masking: passes the mask on unchanged.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> layer = RareWordDropout(0.5, first=3, seed=1)
    >>> ids = keras.ops.convert_to_numpy(layer(np.array([[2, 2, 2, 7, 7, 7, 7]]), training=True))
    >>> set(ids[0, :3].tolist()), set(ids[0, 3:].tolist()) <= {1, 7}  # rare words alone
    ({2}, True)

    References: Lample et al. 2016, section 4.2 (singletons replaced with probability 0.5).
    """

    def __init__(self, rate: float, first: int, unknown: int = 1, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = check_fraction("rate", rate)
        self.first = check_nonnegative_int("first", first)
        self.unknown = check_nonnegative_int("unknown", unknown)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if rate else None
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not (training and self.rate):
            return inputs
        drawn = keras.random.uniform(ops.shape(inputs), seed=self.seed_generator) < self.rate
        return ops.where(ops.logical_and(drawn, inputs >= self.first), ops.cast(self.unknown, inputs.dtype), inputs)

    def compute_output_spec(self, inputs: Any, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, dtype=inputs.dtype)

    def get_config(self) -> dict:
        own = {"rate": self.rate, "first": self.first, "unknown": self.unknown, "seed": self.seed}
        return {**super().get_config(), **own}
