"""Counts of up to five tokens, smoothed by the company each token keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqkit.baselines.unigram import checked_ids
from seqkit.checks import InputError, check_positive_int

MOST_TOKENS = 5  # in an n-gram
# Tokens looked at together: enough to be fast, and no more memory for a corpus on disk.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class _Order:
    """The n-grams of one length that occur, and what is needed of each as a context.

    An n-gram is known by its place in `codes`, which are sorted: (place of its first n - 1 tokens) * vocabulary + last
    token. The n-grams that share a context thus lie together.
    """

    codes: np.ndarray  # (n-grams,)
    counts: np.ndarray  # (n-grams,): how often it occurs, or, below the longest, after how many different tokens
    discounts: np.ndarray  # (4,): what is taken from a count of 0, 1, 2, and 3 or more
    totals: np.ndarray  # (contexts,): the counts of all n-grams with this context
    left: np.ndarray  # (contexts,): the share of the probability that the discounts leave to shorter contexts


class KneserNey:
    """Predicts every token from the few before it, by interpolated modified Kneser-Ney smoothing.

    p_n(w | h) = (c(h w) - D(c(h w))) / c(h) + left(h) p_{n-1}(w | h'),

    where h' is h without its first token, c the number of occurrences for the longest n-grams and the number of
    different tokens ahead for all shorter ones, D one of three discounts estimated from the counts of counts, and
    left(h) what the discounts have taken. Below one token stands the uniform distribution. A context that never
    occurred says nothing: the shorter one speaks alone.

    Args:
        tokens: The training corpus: an array of ids or anything sliced like one. Its first token is not predicted.
        vocabulary_size: Positive integer. Number of different ids.
        order: Integer from 1 to 5. Tokens in the longest n-gram, the predicted one included.

    Raises:
        InputError: if an argument is outside the values named above, or an id outside the vocabulary.

    Example:

    >>> model = KneserNey(np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2]), vocabulary_size=3, order=3)
    >>> np.exp(model.log_probs(np.array([0, 1, 2])))[1] > 0.5  # what comes after 0, 1
    np.True_
    >>> round(float(model.distribution([0, 1]).sum()), 6)
    1.0

    References: Kneser & Ney 1995; Chen & Goodman 1999, section 3 and equation 26 (the discounts).
    """

    def __init__(self, tokens: Any, vocabulary_size: int, order: int = MOST_TOKENS) -> None:
        self.vocabulary_size = check_positive_int("vocabulary_size", vocabulary_size)
        self.order = check_positive_int("order", order)
        if order > MOST_TOKENS:
            raise InputError(f"`order` must be at most {MOST_TOKENS}. Received: order={order}.")
        row = checked_ids(tokens[:], vocabulary_size)
        places = row  # of the (n - 1)-gram that ends at each position; a token is its own place
        codes, counts, ends = [], [], []
        known, number = np.arange(vocabulary_size), np.bincount(row[1:], minlength=vocabulary_size)
        codes.append(known)
        counts.append(number)
        ends.append(None)
        for n in range(2, min(order, len(row)) + 1):  # a short corpus has no longer ones
            # The (n - 1)-gram ending one position before, then the token; the first n - 1 positions have none.
            pairs = places[:-1] * vocabulary_size + row[n - 1 :]
            known, first, places, number = np.unique(pairs, return_index=True, return_inverse=True, return_counts=True)
            codes.append(known)
            counts.append(number)
            ends.append(first + n - 1)  # a position at which each n-gram ends
        self._orders = self._smoothed(row, codes, counts, ends)

    def _smoothed(self, row: np.ndarray, codes: list, counts: list, ends: list) -> tuple[_Order, ...]:
        orders: list[_Order] = []
        size = self.vocabulary_size
        for n in range(1, len(codes) + 1):
            if n == len(codes):
                number = counts[n - 1]
            else:
                # How many different (n + 1)-grams end in each n-gram: its place is that of the last n of n + 1 tokens.
                place = self._places(row, codes, ends[n], n)
                number = np.bincount(place, minlength=len(codes[n - 1]))
                # An n-gram that only opens the corpus has nothing ahead of it.
                number = np.where((number == 0) & (counts[n - 1] > 0), 1, number)
            contexts = codes[n - 1] // size if n > 1 else np.zeros(size, np.int64)
            width = len(codes[n - 2]) if n > 1 else 1
            discounts = _discounts(number)
            totals = np.bincount(contexts, number, minlength=width)
            taken = np.bincount(contexts, np.minimum(number, discounts[np.minimum(number, 3)]), minlength=width)
            left = np.divide(taken, totals, out=np.ones(width), where=totals > 0)
            orders.append(_Order(codes[n - 1], number, discounts, totals, left))
        return tuple(orders)

    def _places(self, row: np.ndarray, codes: list, ends: np.ndarray, n: int) -> np.ndarray:
        """The places of the n-grams that end at `ends`; they must occur."""
        place = row[ends - n + 1]
        for k in range(2, n + 1):
            place = np.searchsorted(codes[k - 1], place * self.vocabulary_size + row[ends - n + k])
        return place

    def log_probs(self, tokens: Any) -> np.ndarray:
        """Log-probability of each token after the first, `(len(tokens) - 1,)`."""
        return np.concatenate([np.zeros(0), *self._blocks(tokens)])

    def _blocks(self, tokens: Any) -> Iterator[np.ndarray]:
        for start in range(0, len(tokens) - 1, _BLOCK):
            begin = max(0, start - max(self.order - 2, 0))  # with the context of the first token of the block
            row = checked_ids(tokens[begin : start + _BLOCK + 1], self.vocabulary_size)
            yield np.log(self._probabilities(row)[start - begin :])

    def _probabilities(self, row: np.ndarray) -> np.ndarray:
        """p(row[i] | what comes before it in `row`), for every i but the first."""
        after = row[1:]
        probability = np.full(len(after), 1.0 / self.vocabulary_size)
        place = np.zeros(len(after), np.int64)  # of the context; the empty one is the only one of its length
        known = np.ones(len(after), bool)  # whether the context has occurred
        ending = row  # the place of the n-gram that ends at each position, -1 where it never occurred
        for n, order in enumerate(self._orders, start=1):
            if n > 1:
                place = row[:-1] if n == 2 else ending[:-1]
                known = place >= 0
            found, there = self._find(order, n, place, after, known)
            probability = self._mixed(order, probability, place, known, found, there)
            if n > 1:
                ending = np.concatenate([[-1], np.where(there, found, -1)])
        return probability

    def _find(
        self, order: _Order, n: int, place: np.ndarray, after: np.ndarray, known: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """For each context and token, the place of the n-gram they make, and whether it occurs."""
        codes = after if n == 1 else place * self.vocabulary_size + after
        found = np.minimum(np.searchsorted(order.codes, codes), len(order.codes) - 1)
        return found, known & (order.codes[found] == codes)

    def _mixed(
        self,
        order: _Order,
        shorter: np.ndarray,
        place: np.ndarray,
        known: np.ndarray,
        found: np.ndarray,
        there: np.ndarray,
    ) -> np.ndarray:
        context = np.where(known, place, 0)
        speaks = known & (order.totals[context] > 0)
        counts = np.where(there, order.counts[found], 0)
        own = np.maximum(counts - order.discounts[np.minimum(counts, 3)], 0) / np.where(
            speaks, order.totals[context], 1
        )
        return np.where(speaks, own + order.left[context] * shorter, shorter)

    def distribution(self, context: Any) -> np.ndarray:
        """The probability of every token after `context`, ids of which the last few matter: `(vocabulary_size,)`."""
        recent = checked_ids(np.asarray(context, np.int64).reshape(-1), self.vocabulary_size)[-(self.order - 1) :]
        recent = recent if self.order > 1 else recent[:0]
        every = np.arange(self.vocabulary_size)
        probability = np.full(self.vocabulary_size, 1.0 / self.vocabulary_size)
        for n, order in enumerate(self._orders[: len(recent) + 1], start=1):
            place = self._place_of(recent[len(recent) - n + 1 :])
            if place < 0:
                break
            places, known = np.full(self.vocabulary_size, place), np.ones(self.vocabulary_size, bool)
            found, there = self._find(order, n, places, every, known)
            probability = self._mixed(order, probability, places, known, found, there)
        return probability

    def _place_of(self, tokens: np.ndarray) -> int:
        """The place of one n-gram, or -1; the empty one has place 0."""
        if not len(tokens):
            return 0
        place = int(tokens[0])
        for order, token in zip(self._orders[1:], tokens[1:], strict=False):
            code = place * self.vocabulary_size + int(token)
            place = int(np.searchsorted(order.codes, code))
            if place == len(order.codes) or order.codes[place] != code:
                return -1
        return place


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
