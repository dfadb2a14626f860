"""On which devices a model can be laid."""

import keras

from seqkit.checks import InputError


def check_distribution() -> None:
    """Refuses a `keras.distribution` where Keras would ignore it without a word.

    Raises:
        InputError: if one is set and the backend is not JAX.
    """
    if keras.distribution.distribution() is not None and keras.backend.backend() != "jax":
        raise InputError(
            f"A `keras.distribution` is set, and Keras ignores it on the backend {keras.backend.backend()!r}. "
            "Run on JAX (KERAS_BACKEND=jax), or build and compile the model under a `tf.distribute` strategy instead."
        )
