"""Dropout that drops the same features at every step."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_fraction


@keras.saving.register_keras_serializable(package="seqkit")
class LockedDropout(keras.layers.Layer):
    """Drops whole features of a sequence: one mask a sequence, the same at every step.

    y[b, t, f] = x[b, t, f] * m[b, f] / (1 - rate), with m[b, f] ~ Bernoulli(1 - rate)

    It is the variational dropout of recurrent networks, for what enters or leaves a recurrent layer.

    Args:
        rate: Float in [0, 1). Share of features set to zero while training.
        seed: Optional integer; the same seed draws the same masks.

    Call arguments:
        inputs: `(batch, time, features)`.
        training: Masks are drawn only when `True`.

    Input shape: `(batch, time, features)`.
    Output shape: as the input.
    Masking: passes the mask on unchanged.

    Raises:
        InputError: if `rate` is not in [0, 1).

    Example:

    >>> outputs = keras.ops.convert_to_numpy(LockedDropout(0.5, seed=1)(np.ones((1, 3, 4)), training=True))
    >>> bool((outputs[0, 0] == outputs[0, 2]).all())
    True

    References: Gal & Ghahramani 2016, section 4; Merity et al. 2018, section 4.2.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = check_fraction("rate", rate)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if rate else None
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not (training and self.rate):
            return inputs
        shape = ops.shape(inputs)
        return keras.random.dropout(
            inputs, self.rate, noise_shape=(shape[0], 1, shape[2]), seed=self.seed_generator
        )  # (batch, time, features), one mask for all of time

    def compute_output_spec(self, inputs: Any, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
