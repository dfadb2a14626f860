"""How often a token comes at all."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from seqkit.checks import InputError, check_positive_int

# Tokens looked at together: enough to be fast, and no more memory for a corpus on disk.
_BLOCK = 1 << 20


class Unigram:
    """Predicts every token by its frequency, whatever came before.

    p(w) = (count(w) + 1) / (n + vocabulary)

    Args:
        tokens: The training corpus: an array of ids or anything sliced like one. Its first token is not predicted and
            not counted.
        vocabulary_size: Positive integer. Number of different ids.

    Raises:
        InputError: if an id is outside the vocabulary.

    Example:

    >>> model = Unigram(np.array([0, 1, 1, 1]), vocabulary_size=3)
    >>> np.exp(model.log_probs(np.array([0, 1, 2]))).round(4).tolist()
    [0.6667, 0.1667]

    References: Laplace's rule of succession; Jurafsky & Martin, Speech and Language Processing, chapter 3.
    """

    order = 1  # tokens it looks at, the predicted one included

    def __init__(self, tokens: Any, vocabulary_size: int) -> None:
        check_positive_int("vocabulary_size", vocabulary_size)
        counts = np.zeros(vocabulary_size, np.int64)
        for _, targets in pairs(tokens, vocabulary_size):
            counts += np.bincount(targets, minlength=vocabulary_size)
        self.probabilities = (counts + 1) / (counts.sum() + vocabulary_size)

    def log_probs(self, tokens: Any) -> np.ndarray:
        """Log-probability of each token after the first, `(len(tokens) - 1,)`."""
        blocks = (self.probabilities[after] for _, after in pairs(tokens, len(self.probabilities)))
        return np.log(np.concatenate([np.zeros(0), *blocks]))


def pairs(tokens: Any, vocabulary_size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each token beside the one after it, in blocks of bounded size.

    Raises:
        InputError: if an id is outside the vocabulary.
    """
    for start in range(0, len(tokens) - 1, _BLOCK):
        block = checked_ids(tokens[start : start + _BLOCK + 1], vocabulary_size)
        yield block[:-1], block[1:]


def checked_ids(tokens: Any, vocabulary_size: int) -> np.ndarray:
    """The ids as int64.

    Raises:
        InputError: if one is outside the vocabulary.
    """
    ids = np.asarray(tokens).astype(np.int64)
    if ids.size and not 0 <= ids.min() <= ids.max() < vocabulary_size:
        raise InputError(
            f"`tokens` must hold ids in [0, {vocabulary_size}). Received: {ids.min()} to {ids.max()}. "
            "Use the vocabulary they were encoded with."
        )
    return ids
