"""The loss of labels that are each there or not."""

from typing import Any

import keras
from keras import ops

from seqkit.losses.masked_mean_terms import masked_mean_terms
from seqkit.masking import valid_targets


@keras.saving.register_keras_serializable(package="seqkit")
class MaskedBinaryCrossEntropy(keras.losses.Loss):
    """Binary cross-entropy in nats, averaged over the targets that are there.

    loss = - sum_i [y_i log sigmoid(z_i) + (1 - y_i) log sigmoid(-z_i)] / n,  over the n targets that are not -1

    n counts the whole batch, on however many replicas it lies. A batch without any target has the loss 0.

    Args:
        name: Name of the loss.

    Call arguments:
        y_true: 0, 1, or -1 where it is not known, `(batch, labels)`; `(batch,)` where there is one label.
        y_pred: Logits `(batch, labels)`.

    Example:

    >>> loss = MaskedBinaryCrossEntropy()
    >>> round(float(loss(np.array([[1, 0, -1]]), np.zeros((1, 3)))), 4)  # log 2
    0.6931
    """

    def __init__(self, name: str = "masked_binary_cross_entropy") -> None:
        # "sum", because `call` has divided already; Keras's own mean would count the padding.
        super().__init__(name=name, reduction="sum", dtype="float32")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits = ops.cast(y_pred, "float32")
        y_true = ops.reshape(ops.cast(y_true, "int32"), ops.shape(logits))
        valid = valid_targets(y_true)
        targets = ops.cast(ops.where(valid, y_true, 0), "float32")
        # log(1 + exp(z)) - y z, which does not overflow
        return masked_mean_terms(ops.softplus(logits) - targets * logits, valid)

    def get_config(self) -> dict:
        return {"name": self.name}
