"""Perplexity, exact over a whole set."""

from typing import Any

import keras
from keras import ops

from seqkit.metrics.nats import Nats


@keras.saving.register_keras_serializable(package="seqkit")
class Perplexity(Nats):
    """The number of equally likely tokens that would be as hard to guess.

    perplexity = exp(nats), of the mean over the whole set; never a mean of batch perplexities

    Args:
        name: Name of the metric.

    Call arguments (`update_state`): as `Nats`.

    Example:

    >>> metric = Perplexity()
    >>> metric.update_state(np.array([[1, -1]]), np.zeros((1, 2, 4)))
    >>> round(float(metric.result()), 4)
    4.0
    """

    def __init__(self, name: str = "perplexity") -> None:
        super().__init__(name=name)

    def result(self) -> Any:
        return ops.exp(super().result())
