"""The loss of a linear-chain CRF."""

from typing import Any

import keras
from keras import ops

from seqkit import kernels
from seqkit.losses.masked_mean_terms import masked_mean_terms
from seqkit.masking import valid_targets


@keras.saving.register_keras_serializable(package="seqkit")
class CRFLoss(keras.losses.Loss):
    """The negative log-likelihood of whole tag sequences in nats, a token.

    loss = sum_b (log_partition(potentials_b) - score(potentials_b, y_b)) / n,  over the n targets that are not -1

    n counts the whole batch, on however many replicas it lies, so that it is of the size of a cross-entropy a token.
    A batch without any target has the loss 0.

    Args:
        name: Name of the loss.

    Call arguments:
        y_true: Integers `(batch, time)`; -1 marks padding on the right.
        y_pred: Potentials `(batch, time, tags, tags)`, as `CRF` gives them.

    Example:

    >>> potentials = np.zeros((1, 3, 4, 4))  # all 64 paths equally likely
    >>> round(float(CRFLoss()(np.array([[2, 0, 1]]), potentials)), 4) == round(float(np.log(64) / 3), 4)
    True

    References: Lafferty et al. 2001.
    """

    def __init__(self, name: str = "crf_loss") -> None:
        # "sum", because `call` has divided already.
        super().__init__(name=name, reduction="sum", dtype="float32")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, "int32")
        valid = valid_targets(y_true)
        potentials = ops.cast(y_pred, "float32")
        # A step without a target is no step, also where the model was given no mask.
        absent = kernels.identity_potentials(potentials.shape[-1])
        potentials = ops.where(valid[:, :, None, None], potentials, absent)
        nats = kernels.log_partition(potentials) - kernels.path_score(potentials, y_true)
        first = ops.arange(ops.shape(y_true)[1]) == 0  # where a row's whole likelihood stands
        return masked_mean_terms(ops.where(first[None], nats[:, None], 0.0), valid)

    def get_config(self) -> dict:
        return {"name": self.name}
