"""The loss of every model that predicts one of several classes at each step."""

from typing import Any

import keras
from keras import ops

from seqkit import kernels
from seqkit.checks import check_fraction
from seqkit.losses.masked_mean_terms import masked_mean_terms
from seqkit.masking import valid_targets


@keras.saving.register_keras_serializable(package="seqkit")
class MaskedCrossEntropy(keras.losses.Loss):
    """Cross-entropy in nats, averaged over the targets that are there.

    loss = - sum_i log softmax(logits_i)[target_i] / n,  over the n targets that are not -1

    With `label_smoothing` e, the target is (1 - e) of one class and e spread evenly over all of them, which costs
    e (logits_i[target_i] - mean(logits_i)) more.

    n counts the whole batch, on however many replicas it lies, so a short row weighs what its tokens weigh and padding
    weighs nothing. A batch without any target has the loss 0.

    Args:
        label_smoothing: Float in [0, 1). Share of the target that is spread over all classes.
        name: Name of the loss.

    Call arguments:
        y_true: Integers `(batch, time)`; -1 marks padding.
        y_pred: Logits `(batch, time, classes)`.

    Raises:
        InputError: if `label_smoothing` is not in [0, 1).

    Example:

    >>> loss = MaskedCrossEntropy()
    >>> logits = np.zeros((1, 3, 4))  # four classes, all equally likely
    >>> round(float(loss(np.array([[2, 0, -1]])  , logits)), 6) == round(float(np.log(4)), 6)
    True

    References: Szegedy et al. 2016, section 7 (label smoothing).
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "masked_cross_entropy") -> None:
        # "sum", because `call` has divided already; Keras's own mean would count the padding.
        super().__init__(name=name, reduction="sum", dtype="float32")
        self.label_smoothing = check_fraction("label_smoothing", label_smoothing)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, "int32")
        valid = valid_targets(y_true)
        targets, logits = ops.where(valid, y_true, 0), ops.cast(y_pred, "float32")
        _, loss = kernels.cross_entropy(targets, logits, self.label_smoothing)
        return masked_mean_terms(loss, valid)

    def get_config(self) -> dict:
        return {"label_smoothing": self.label_smoothing, "name": self.name}
