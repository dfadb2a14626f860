"""Units that follow something in the text."""

from typing import NamedTuple

import numpy as np

from seqkit.checks import InputError, check_positive_int, check_probability

__all__ = ["Follower", "following_units"]


class Follower(NamedTuple):
    """A unit and what it follows.

    Attributes:
        feature: Name of the feature.
        layer: Number of the layer, counted from 0.
        unit: Number of the unit within its layer, counted from 0.
        chosen_by: Correlation with the feature on the first half of the text, where the unit was chosen.
        correlation: Correlation on the second half, which had no part in the choice.
    """

    feature: str
    layer: int
    unit: int
    chosen_by: float
    correlation: float


def following_units(
    hidden: np.ndarray, features: dict[str, np.ndarray], *, best: int = 3, least: float = 0.3
) -> tuple[Follower, ...]:
    """For each feature the units that follow it most closely, if any do.

    r = cov(h_j, f) / (std(h_j) std(f)),  Pearson's correlation over the steps of a text

    Among hundreds of units some follow anything by chance. Hence they are chosen by |r| on the first half of the text,
    and only those count that are `least` correlated, with the same sign, on the second half as well.

    Args:
        hidden: `(time, layers, units)`, as `hidden_activations` gives it.
        features: Name -> `(time,)`. One that does not vary in both halves is followed by nothing.
        best: Positive integer. How many units to keep for a feature at most.
        least: Float in (0, 1]. The weakest correlation that counts.

    Returns:
        The units, by feature, the closest on the second half first.

    Raises:
        InputError: if an argument is outside the values named above, or the lengths differ.

    Example:

    >>> position = np.arange(40.0) % 7
    >>> hidden = np.random.default_rng(0).normal(size=(40, 1, 5))
    >>> hidden[:, 0, 2] = -position
    >>> [follower] = following_units(hidden, {"position": position}, best=1)
    >>> follower.unit, round(follower.correlation, 6)
    (2, -1.0)

    References: Karpathy et al. 2015, section 4.1.
    """
    check_positive_int("best", best)
    check_probability("least", least)
    units = hidden.shape[-1]
    flat = hidden.reshape(len(hidden), -1)  # (time, layers, units) -> (time, layers * units)
    half = len(hidden) // 2
    found = []
    for name, feature in features.items():
        if feature.shape != (len(hidden),):
            raise InputError(
                f"Each of `features` must have a number for each of {len(hidden)} steps. "
                f"Received: {name!r} of shape {feature.shape}."
            )
        first, second = _correlations(flat[:half], feature[:half]), _correlations(flat[half:], feature[half:])
        chosen = np.argsort(-np.abs(first), kind="stable")[:best]
        lasting = [int(k) for k in chosen if first[k] * second[k] > 0 and min(abs(first[k]), abs(second[k])) >= least]
        lasting.sort(key=lambda k: -abs(second[k]))
        found += [Follower(name, k // units, k % units, float(first[k]), float(second[k])) for k in lasting]
    return tuple(found)


def _correlations(flat: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Of each column with the feature, 0 where one of the two does not vary."""
    if len(flat) < 2:
        return np.zeros(flat.shape[1])
    centred, wanted = flat - flat.mean(axis=0, dtype=np.float64), feature - feature.mean(dtype=np.float64)
    spread = np.sqrt((centred**2).sum(axis=0) * (wanted**2).sum())
    return np.divide(wanted @ centred, spread, out=np.zeros(flat.shape[1]), where=spread > 0)
