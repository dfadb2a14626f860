"""Every token as likely as any other."""

from typing import Any

import numpy as np

from seqkit.checks import check_positive_int


class Uniform:
    """Predicts every token with the same probability: the foot of the ladder.

    p(w) = 1 / vocabulary

    Args:
        vocabulary_size: Positive integer. Number of different ids.

    Example:

    >>> np.exp(Uniform(4).log_probs(np.array([0, 1, 2]))).tolist()
    [0.25, 0.25]
    """

    order = 1  # tokens it looks at, the predicted one included

    def __init__(self, vocabulary_size: int) -> None:
        self.vocabulary_size = check_positive_int("vocabulary_size", vocabulary_size)

    def log_probs(self, tokens: Any) -> np.ndarray:
        """Log-probability of each token after the first, `(len(tokens) - 1,)`."""
        return np.full(len(tokens) - 1, -np.log(self.vocabulary_size))
