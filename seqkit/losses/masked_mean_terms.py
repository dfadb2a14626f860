"""The mean over what is there, on any number of replicas."""

from typing import Any

from keras import ops

from seqkit import kernels


def masked_mean_terms(values: Any, valid: Any) -> Any:
    """What each value adds to the mean over the valid ones of the whole batch, on however many replicas it lies.

    terms = values * valid / sum(valid);  their sum over all replicas is the mean, and 0 where nothing is valid

    Args:
        values: Floats of any shape.
        valid: Booleans of the same shape.

    Returns:
        Floats of that shape.

    Example:

    >>> terms = masked_mean_terms(np.array([1.0, 3.0, 99.0]), np.array([True, True, False]))
    >>> keras.ops.convert_to_numpy(terms).tolist()
    [0.5, 1.5, 0.0]
    """
    count = kernels.replica_sum(ops.sum(ops.cast(valid, "float32")))
    return ops.divide(ops.where(valid, values, 0.0), ops.maximum(count, 1.0))
