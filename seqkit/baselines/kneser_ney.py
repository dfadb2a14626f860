"""Counts of up to five tokens, smoothed by the company each token keeps."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from seqkit.baselines.ngram_counts import MOST_TOKENS, NGramCounts, count_ngrams
from seqkit.baselines.ngram_file import read_counts, write_counts
from seqkit.baselines.ngram_order import NGramOrder, smoothed_orders
from seqkit.baselines.unigram import checked_ids
from seqkit.checks import InputError, check_positive_int

# Tokens looked at together: enough to be fast, and no more memory for a corpus on disk.
_BLOCK = 1 << 20


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

    Attributes:
        tokens: How many tokens it was counted on.

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
        check_positive_int("vocabulary_size", vocabulary_size)
        if check_positive_int("order", order) > MOST_TOKENS:
            raise InputError(f"`order` must be at most {MOST_TOKENS}. Received: order={order}.")
        self._take(count_ngrams(checked_ids(tokens[:], vocabulary_size), vocabulary_size, order))

    def _take(self, counts: NGramCounts) -> None:
        self.vocabulary_size, self.order, self.tokens = counts.vocabulary_size, counts.order, counts.tokens
        self._counts, self._orders = counts, smoothed_orders(counts)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes what was counted, whole or not at all; the file is plain arrays, and nothing in it is pickled.

        Raises:
            InputError: if the file cannot be written.
        """
        write_counts(path, self._counts)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "KneserNey":
        """Reads what `save` wrote; the probabilities are the same to the last bit.

        Raises:
            InputError: naming the file, if it is missing, damaged, or holds anything else.
        """
        loaded = cls.__new__(cls)  # its own constructor counts
        loaded._take(read_counts(path))
        return loaded

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
        self, order: NGramOrder, n: int, place: np.ndarray, after: np.ndarray, known: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """For each context and token, the place of the n-gram they make, and whether it occurs."""
        codes = after if n == 1 else place * self.vocabulary_size + after
        found = np.minimum(np.searchsorted(order.codes, codes), len(order.codes) - 1)
        return found, known & (order.codes[found] == codes)

    def _mixed(
        self,
        order: NGramOrder,
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
