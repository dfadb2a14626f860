"""Two models that speak together."""

import numpy as np
from scipy.optimize import minimize_scalar

from seqkit.checks import InputError


def mixture_weight(first: np.ndarray, second: np.ndarray) -> float:
    """The share of the first model in the mixture of two that predicts a text best.

    w = argmax_w sum_t log(w p(x_t) + (1 - w) q(x_t)),  a concave function of w

    Find it on validation text and use it on test text: on the same text it is a little too good.

    Args:
        first: Log-probabilities log p(x_t) of the tokens of a text.
        second: Log-probabilities log q(x_t) of the same tokens.

    Returns:
        A number in (0, 1).

    Raises:
        InputError: if the two are not of the same length, or empty.

    Example:

    >>> p, q = np.log([0.9, 0.1, 0.9, 0.1]), np.log([0.1, 0.9, 0.1, 0.9])
    >>> round(mixture_weight(p, q), 3)
    0.5

    References: Jelinek & Mercer 1980.
    """
    if first.shape != second.shape or not first.size:
        raise InputError(f"Both models must speak of the same tokens. Received: {first.shape} and {second.shape}.")
    found = minimize_scalar(
        lambda weight: -mixed(first, second, weight).mean(), bounds=(1e-6, 1 - 1e-6), method="bounded"
    )
    return float(found.x)


def mixed(first: np.ndarray, second: np.ndarray, weight: float) -> np.ndarray:
    """log(w p + (1 - w) q) from log p and log q, for a weight w in (0, 1)."""
    return np.logaddexp(np.log(weight) + first, np.log1p(-weight) + second)
