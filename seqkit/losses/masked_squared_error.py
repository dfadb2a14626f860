"""The loss of a regression."""

from typing import Any

import keras
from keras import ops

from seqkit.losses.masked_mean_terms import masked_mean_terms


@keras.saving.register_keras_serializable(package="seqkit")
class MaskedSquaredError(keras.losses.Loss):
    """The squared error, averaged over the targets that are there.

    loss = sum_i (y_i - z_i)^2 / n,  over the n targets that are numbers

    A missing target is NaN, for -1 may be a value. n counts the whole batch, on however many replicas it lies. A batch
    without any target has the loss 0.

    Args:
        name: Name of the loss.

    Call arguments:
        y_true: Floats `(batch, values)`, or `(batch,)` where there is one value; NaN where there is none.
        y_pred: `(batch, values)`.

    Example:

    >>> loss = MaskedSquaredError()
    >>> float(loss(np.array([[1.0], [5.0], [np.nan]]), np.array([[0.0], [2.0], [9.0]])))
    5.0
    """

    def __init__(self, name: str = "masked_squared_error") -> None:
        # "sum", because `call` has divided already; Keras's own mean would count the padding.
        super().__init__(name=name, reduction="sum", dtype="float32")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        found = ops.cast(y_pred, "float32")
        y_true = ops.reshape(ops.cast(y_true, "float32"), ops.shape(found))
        valid = ops.logical_not(ops.isnan(y_true))
        return masked_mean_terms(ops.square(ops.where(valid, y_true, 0.0) - found), valid)

    def get_config(self) -> dict:
        return {"name": self.name}
