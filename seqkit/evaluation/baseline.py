"""How well a baseline predicts a text, by the same account as a model."""

from typing import Any

import numpy as np

from seqkit.evaluation.likelihood import Likelihood

_BLOCK = 1 << 20  # tokens scored together


def baseline_likelihood(
    baseline: Any, tokens: Any, *, characters: int | None = None, context_only: tuple[int, ...] = ()
) -> Likelihood:
    """The probability a baseline gives to a text, every target counted once, read as one stream.

    Args:
        baseline: Anything with `log_probs(tokens)`, the log-probability of each token after the first, and `order`, how
            many tokens it looks at, the predicted one included.
        tokens: The text: an array of ids or a `TokenFile`. The first is read, not predicted.
        characters: Characters of the text, if they are not as many as its targets.
        context_only: Ids that are read but never predicted.

    Example:

    >>> from seqkit.baselines import Uniform
    >>> round(baseline_likelihood(Uniform(4), np.array([0, 1, 2])).perplexity, 6)
    4.0
    """
    total, count = 0.0, 0
    for start in range(0, len(tokens) - 1, _BLOCK):
        begin = max(0, start - baseline.order)  # with what the first tokens of the block are predicted from
        block = np.asarray(tokens[begin : start + _BLOCK + 1])
        counted = ~np.isin(block[1:], context_only)
        counted[: start - begin] = False
        total += float(baseline.log_probs(block)[counted].sum())
        count += int(counted.sum())
    return Likelihood(total, count, count if characters is None else characters)
