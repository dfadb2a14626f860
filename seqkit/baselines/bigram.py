"""How often a token follows another."""

from typing import Any

import numpy as np

from seqkit.baselines.unigram import Unigram, pairs


class Bigram:
    """Predicts every token from the one before it: a Markov chain, smoothed with how often the token comes at all.

    p(w | v) = (count(v w) + kinds(v) p(w)) / (count(v) + kinds(v)),

    where kinds(v) is the number of different tokens seen after v, and p(w) the unigram probability. A token with few
    followers is trusted, one with many leaves room for new ones; after an unseen token the unigram speaks alone.

    Args:
        tokens: The training corpus: an array of ids or anything sliced like one.
        vocabulary_size: Positive integer. Number of different ids.

    Raises:
        InputError: if an id is outside the vocabulary.

    Example:

    >>> model = Bigram(np.array([0, 1, 0, 1, 0, 2]), vocabulary_size=3)
    >>> bool(np.exp(model.log_probs(np.array([0, 1])))[0] > 0.5)
    True

    References: Witten & Bell 1991, method C; Chen & Goodman 1999, section 2.5.
    """

    order = 2  # tokens it looks at, the predicted one included

    def __init__(self, tokens: Any, vocabulary_size: int) -> None:
        self.vocabulary_size = vocabulary_size
        self.unigram = Unigram(tokens, vocabulary_size)
        codes, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
        for before, after in pairs(tokens, vocabulary_size):
            new_codes, new_counts = np.unique(before * vocabulary_size + after, return_counts=True)
            codes, places = np.unique(np.concatenate([codes, new_codes]), return_inverse=True)
            counts = np.bincount(places, np.concatenate([counts, new_counts])).astype(np.int64)
        self._codes, self._counts = codes, counts  # of the pairs that occur, in order of their code
        self._kinds = np.bincount(codes // vocabulary_size, minlength=vocabulary_size)
        self._before = np.bincount(codes // vocabulary_size, counts, minlength=vocabulary_size)

    def log_probs(self, tokens: Any) -> np.ndarray:
        """Log-probability of each token after the first, `(len(tokens) - 1,)`."""
        blocks = (self._block(before, after) for before, after in pairs(tokens, self.vocabulary_size))
        return np.concatenate([np.zeros(0), *blocks])

    def _block(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        codes = before * self.vocabulary_size + after
        places = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        counts = np.where(self._codes[places] == codes, self._counts[places], 0)
        kinds, unigram = self._kinds[before], self.unigram.probabilities[after]
        seen = self._before[before] > 0
        smoothed = (counts + kinds * unigram) / np.where(seen, self._before[before] + kinds, 1)
        return np.log(np.where(seen, smoothed, unigram))
