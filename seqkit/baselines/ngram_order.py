"""The n-grams of one length."""

from dataclasses import dataclass

import numpy as np

from seqkit.baselines.ngram_counts import NGramCounts


@dataclass(frozen=True)
class NGramOrder:
    """The n-grams of one length that occur, and what is needed of each as a context.

    An n-gram is known by its place in `codes`, which are sorted: (place of its first n - 1 tokens) * vocabulary + last
    token. The n-grams that share a context thus lie together.
    """

    codes: np.ndarray  # (n-grams,)
    counts: np.ndarray  # (n-grams,): how often it occurs, or, below the longest, after how many different tokens
    discounts: np.ndarray  # (4,): what is taken from a count of 0, 1, 2, and 3 or more
    totals: np.ndarray  # (contexts,): the counts of all n-grams with this context
    left: np.ndarray  # (contexts,): the share of the probability that the discounts leave to shorter contexts


def smoothed_orders(counted: NGramCounts) -> tuple[NGramOrder, ...]:
    """The n-grams of each length with their discounts."""
    orders = []
    for n, (codes, counts) in enumerate(zip(counted.codes, counted.counts, strict=True), start=1):
        # The empty context is the only one of its length.
        contexts = codes // counted.vocabulary_size if n > 1 else np.zeros_like(codes)
        width = len(counted.codes[n - 2]) if n > 1 else 1
        discounts = _discounts(counts)
        totals = np.bincount(contexts, counts, minlength=width)
        taken = np.bincount(contexts, np.minimum(counts, discounts[np.minimum(counts, 3)]), minlength=width)
        left = np.divide(taken, totals, out=np.ones(width), where=totals > 0)
        orders.append(NGramOrder(codes, counts, discounts, totals, left))
    return tuple(orders)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken from a count of 0, 1, 2, and 3 or more (Chen & Goodman 1999, equation 26).

    The estimate needs n-grams that occur once, twice, three and four times. A corpus too small to have them all gets
    the single discount n_1 / (n_1 + 2 n_2) of Ney et al. 1994, and 1/2 where even that has nothing to go by.
    """
    once, twice, thrice, often = (int((counts == k).sum()) for k in (1, 2, 3, 4))
    if once and twice:
        share = once / (once + 2 * twice)
        if thrice and often:
            found = [1 - 2 * share * twice / once, 2 - 3 * share * thrice / twice, 3 - 4 * share * often / thrice]
            if all(0 < discount < k for k, discount in enumerate(found, start=1)):
                return np.array([0.0, *found])
        return np.array([0.0, share, share, share])
    return np.array([0.0, 0.5, 0.5, 0.5])
