"""What is counted of a corpus for Kneser-Ney smoothing."""

from typing import NamedTuple

import numpy as np

MOST_TOKENS = 5  # in an n-gram


class NGramCounts(NamedTuple):
    """The n-grams of a corpus, for each length from one token on.

    An n-gram is known by its place in `codes[n - 1]`, which are sorted: (place of its first n - 1 tokens) * vocabulary
    + last token; those of one token are the ids themselves, all of them. `counts[n - 1]` says how often each occurs,
    or, below the longest, after how many different tokens. A corpus shorter than `order` has fewer lengths.
    """

    vocabulary_size: int
    order: int
    tokens: int  # of the corpus
    codes: tuple[np.ndarray, ...]
    counts: tuple[np.ndarray, ...]


def count_ngrams(row: np.ndarray, vocabulary_size: int, order: int) -> NGramCounts:
    """Counts the n-grams of up to `order` tokens in ids `(time,)`."""
    places = row  # of the (n - 1)-gram that ends at each position; a token is its own place
    codes = [np.arange(vocabulary_size)]
    counts = [np.bincount(row[1:], minlength=vocabulary_size)]
    ends = [np.zeros(0, np.int64)]
    for n in range(2, min(order, len(row)) + 1):
        # The (n - 1)-gram ending one position before, then the token; the first n - 1 positions have none.
        pairs = places[:-1] * vocabulary_size + row[n - 1 :]
        known, first, places, number = np.unique(pairs, return_index=True, return_inverse=True, return_counts=True)
        codes.append(known)
        counts.append(number)
        ends.append(first + n - 1)  # a position at which each n-gram ends
    for n in range(1, len(codes)):
        # How many different (n + 1)-grams end in each n-gram: its place is that of the last n of n + 1 tokens.
        place = row[ends[n] - n + 1]
        for k in range(2, n + 1):
            place = np.searchsorted(codes[k - 1], place * vocabulary_size + row[ends[n] - n + k])
        number = np.bincount(place, minlength=len(codes[n - 1]))
        # An n-gram that only opens the corpus has nothing ahead of it.
        counts[n - 1] = np.where((number == 0) & (counts[n - 1] > 0), 1, number)
    return NGramCounts(vocabulary_size, order, len(row), tuple(codes), tuple(counts))
