"""How a gradient fades with the distance it has to go."""

from dataclasses import dataclass

import numpy as np

from seqkit.checks import check_probability


@dataclass(frozen=True)
class LagCurve:
    """Mean norm of the gradient against the lag.

    Args:
        name: Whose curve it is.
        norms: `(lags + 1,)`, lag 0 first.

    Example:

    >>> curve = LagCurve("a model", np.array([2.0, 1.0, 0.1, 0.01]))
    >>> curve.relative.tolist(), curve.reach(0.1)
    ([1.0, 0.5, 0.05, 0.005], 1)
    """

    name: str
    norms: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        """The norms divided by that of lag 0; NaN throughout where that is 0."""
        return self.norms / self.norms[0] if self.norms[0] > 0 else np.full(len(self.norms), np.nan)

    def reach(self, share: float) -> int | None:
        """The largest lag up to which the gradient never falls below a share of that at lag 0.

        `None` where the gradient at lag 0 is 0. A curve that stays above to its end gives its last lag.

        Raises:
            InputError: if `share` is not in (0, 1].
        """
        check_probability("share", share)
        if not self.norms[0] > 0:
            return None
        below = np.flatnonzero(self.relative < share)
        return int(below[0]) - 1 if len(below) else len(self.norms) - 1
