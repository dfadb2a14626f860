"""The lengths to which sequences are padded."""

from collections.abc import Sequence

import numpy as np

from seqkit.checks import InputError, check_positive_int


def bucket_lengths(lengths: Sequence[int] | np.ndarray, shapes: int) -> list[int]:
    """At most `shapes` lengths to which sequences are padded, such that the padding is the least possible.

    minimise sum_i (b(i) - n_i), with b(i) the smallest of the chosen lengths that is at least n_i

    Dynamic programming over the distinct lengths: the best choice of k lengths that ends at one of them extends the
    best of k - 1 lengths that ends before it.

    Args:
        lengths: The length of each sequence.
        shapes: How many lengths may be chosen, each of which is a compilation under XLA.

    Returns:
        The lengths, rising; the last one is the longest there is. A sequence without a token takes the first.

    Raises:
        InputError: if there is no sequence, or `shapes` is not a positive integer.

    Example:

    >>> bucket_lengths([3, 3, 3, 4, 9, 10], shapes=2)
    [4, 10]
    """
    check_positive_int("shapes", shapes)
    found, counts = np.unique(np.maximum(np.asarray(lengths, np.int64), 1), return_counts=True)
    if not len(found):
        raise InputError("`lengths` must hold at least one sequence. Received: none.")
    below = np.concatenate([[0], np.cumsum(counts)])  # sequences shorter than each distinct length
    # cost[j]: tokens, padded, of all sequences up to the j-th distinct length; at first with one shape
    cost = below[1:] * found
    choices = []
    for _ in range(min(shapes, len(found)) - 1):
        # A last shape of length j, and the shapes before it for all up to i < j.
        padded = cost[:, None] + (below[None, 1:] - below[1:, None]) * found[None, :]
        padded = np.where(np.arange(len(found))[:, None] < np.arange(len(found))[None, :], padded, cost[None, :])
        choices.append(padded.argmin(axis=0))
        cost = padded.min(axis=0)
    chosen = [len(found) - 1]
    for choice in reversed(choices):
        if (before := int(choice[chosen[-1]])) < chosen[-1]:
            chosen.append(before)
    return [int(found[k]) for k in reversed(chosen)]
