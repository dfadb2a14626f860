"""The loss of every model that predicts one of several classes at each step."""

from typing import Any

import keras
from keras import ops

from seqkit import kernels
from seqkit.masking import valid_targets


@keras.saving.register_keras_serializable(package="seqkit")
class MaskedCrossEntropy(keras.losses.Loss):
    """Cross-entropy in nats, averaged over the targets that are there.

    loss = - sum_i log softmax(logits_i)[target_i] / n,  over the n targets that are not -1

    n counts the whole batch, on however many replicas it lies, so a short row weighs what its tokens weigh and padding
    weighs nothing. A batch without any target has the loss 0.

    Args:
        name: Name of the loss.

    Call arguments:
        y_true: Integers `(batch, time)`; -1 marks padding.
        y_pred: Logits `(batch, time, classes)`.

    Example:

    >>> loss = MaskedCrossEntropy()
    >>> logits = np.zeros((1, 3, 4))  # four classes, all equally likely
    >>> round(float(loss(np.array([[2, 0, -1]])  , logits)), 6) == round(float(np.log(4)), 6)
    True
    """

    def __init__(self, name: str = "masked_cross_entropy") -> None:
        # "sum", because `call` has divided already; Keras's own mean would count the padding.
        super().__init__(name=name, reduction="sum", dtype="float32")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, "int32")
        valid = valid_targets(y_true)
        nats = ops.sparse_categorical_crossentropy(
            ops.where(valid, y_true, 0), ops.cast(y_pred, "float32"), from_logits=True
        )
        count = kernels.replica_sum(ops.sum(ops.cast(valid, "float32")))
        return ops.where(valid, nats, 0.0) / ops.maximum(count, 1.0)

    def get_config(self) -> dict:
        return {"name": self.name}
