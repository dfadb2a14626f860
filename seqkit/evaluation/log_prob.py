"""The joint log-probability of whole sequences."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int
from seqkit.evaluation.likelihood import token_log_probs
from seqkit.masking import PADDED_TARGET


def log_prob(model: keras.Model, sequences: Sequence[Sequence[int]], *, batch: int = 32) -> np.ndarray:
    """The joint log-probability of each sequence, by the chain rule.

    log p(x_2 ... x_n | x_1) = sum over t = 2 ... n of log p(x_t | x_1 ... x_{t-1})

    Every call compiles anew, so give it many sequences at once.

    Args:
        model: A model from ids `(batch, time)` to logits `(batch, time, vocabulary)`.
        sequences: Ids; each sequence begins with one that is given, such as `<bos>`, and has at least one more.
        batch: Positive integer. Sequences computed together; the figures do not depend on it.

    Returns:
        Float64, one number a sequence.

    Raises:
        InputError: if a sequence has fewer than two ids, or `batch` is not a positive integer.

    Example:

    >>> from seqkit.models import language_model
    >>> log_prob(language_model(vocabulary_size=4, units=8), [[0, 1], [0, 1, 2, 3]]).shape
    (2,)
    """
    check_positive_int("batch", batch)
    rows = [np.asarray(sequence, np.int32) for sequence in sequences]
    for number, row in enumerate(rows):
        if row.ndim != 1 or len(row) < 2:
            raise InputError(
                "`sequences` must hold at least two ids each, the first of them given, such as <bos>. "
                f"Received: sequence {number} of {row.size} ids."
            )
    compiled = kernels.compile(lambda ids, targets: token_log_probs(model(ids), targets), model.variables)
    result = np.zeros(len(rows), np.float64)
    # Sequences of like length together, padded to a power of two: little padding, and few shapes to compile.
    order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
    for first in range(0, len(order), batch):
        chosen = order[first : first + batch]
        width = 1 << (len(rows[chosen[-1]]) - 2).bit_length()
        ids = np.zeros((batch, width), np.int32)
        targets = np.full((batch, width), PADDED_TARGET, np.int32)
        for place, number in enumerate(chosen):
            ids[place, : len(rows[number]) - 1] = rows[number][:-1]
            targets[place, : len(rows[number]) - 1] = rows[number][1:]
        found = ops.convert_to_numpy(compiled(ids, targets))
        result[chosen] = found.sum(axis=1, dtype=np.float64)[: len(chosen)]
    return result
