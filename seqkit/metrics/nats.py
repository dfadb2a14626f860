"""Negative log-likelihood of a token, exact over a whole set."""

from typing import Any

import keras
from keras import ops

from seqkit import kernels
from seqkit.masking import valid_targets


@keras.saving.register_keras_serializable(package="seqkit")
class Nats(keras.metrics.Metric):
    """Mean negative log-likelihood of a token in nats: one sum and one count over the whole set.

    nats = - sum_i log softmax(logits_i)[target_i] / n,  over all n targets that are not -1

    The sum is compensated (Kahan), so that a corpus of millions of tokens loses nothing to float32.

    Args:
        name: Name of the metric.

    Call arguments (`update_state`):
        y_true: Integers `(batch, time)`; -1 marks padding.
        y_pred: Logits `(batch, time, classes)`.
        sample_weight: Refused: a token counts once.

    Raises:
        ValueError: if a sample weight is given.

    Example:

    >>> metric = Nats()
    >>> metric.update_state(np.array([[1, -1]]), np.zeros((1, 2, 4)))
    >>> round(float(metric.result()), 4)  # log 4
    1.3863
    """

    def __init__(self, name: str = "nats") -> None:
        super().__init__(name=name, dtype="float32")
        self.total = self.add_variable((), initializer="zeros", name="total")
        self.lost = self.add_variable((), initializer="zeros", name="lost")
        self.count = self.add_variable((), initializer="zeros", name="count", dtype="int32")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if sample_weight is not None:
            raise ValueError(
                f"`{self.name}` counts every token once and takes no sample weights. Mark padding with -1."
            )
        y_true = ops.cast(y_true, "int32")
        valid = valid_targets(y_true)
        nats, _ = kernels.cross_entropy(ops.where(valid, y_true, 0), ops.cast(y_pred, "float32"))
        self.add(nats, valid)

    def add(self, nats: Any, valid: Any) -> None:
        """Counts negative log-likelihoods that are known already.

        Args:
            nats: `(batch, time)`.
            valid: Booleans of the same shape: which of them count.
        """
        addend = ops.sum(ops.sum(ops.where(valid, nats, 0.0), axis=-1)) - self.lost
        total = self.total + addend
        self.lost.assign((total - self.total) - addend)
        self.total.assign(total)
        self.count.assign_add(ops.sum(ops.cast(valid, "int32")))

    def result(self) -> Any:
        return ops.divide_no_nan(self.total, ops.cast(self.count, "float32"))

    def get_config(self) -> dict:
        return {"name": self.name}
