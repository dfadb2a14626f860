"""How the learning rate follows the budget."""

import math
from dataclasses import dataclass

from seqkit.checks import check_choice, check_fraction

SCHEDULES = ("constant", "linear", "cosine")


@dataclass(frozen=True)
class Schedule:
    """The learning rate as a share of its peak, from the share of the budget that is spent.

    warm-up: f / warmup for f < warmup; then, with r = (f - warmup) / (1 - warmup):
    constant 1;  linear 1 - (1 - final) r;  cosine final + (1 - final) (1 + cos(pi r)) / 2

    Args:
        kind: One of 'constant', 'linear', 'cosine'.
        warmup: Float in [0, 1). Share of the budget in which the rate rises from 0 to its peak.
        final: Float in [0, 1). Share of the peak that is left at the end.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> Schedule("linear", warmup=0.0)(0.25)
    0.75
    """

    kind: str = "cosine"
    warmup: float = 0.02
    final: float = 0.0

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, SCHEDULES)
        check_fraction("warmup", self.warmup)
        check_fraction("final", self.final)

    def __call__(self, fraction: float) -> float:
        """The factor at `fraction` of the budget; past its end, the last one."""
        if fraction < self.warmup:
            return fraction / self.warmup
        rest = min(1.0, (fraction - self.warmup) / (1 - self.warmup))
        if self.kind == "constant":
            return 1.0
        if self.kind == "linear":
            return 1 - (1 - self.final) * rest
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * rest)) / 2
