"""Sampling from the likeliest tokens that together hold a share of the mass."""

from dataclasses import dataclass
from typing import Any

from keras import ops

from seqkit.checks import check_probability
from seqkit.decoding.sampler import Sampler


@dataclass(frozen=True)
class TopP(Sampler):
    """Draws from the smallest set of likeliest tokens whose probability reaches p (nucleus sampling).

    The temperature acts first; the likeliest token always stays in, and so do tokens as likely as the last one kept.

    Args:
        p: Float in (0, 1]. Mass to keep.
        temperature: Positive float.

    Raises:
        InputError: if `p` is not in (0, 1] or `temperature` is not above 0.

    Example:

    >>> logits = np.log(np.array([[0.5, 0.3, 0.2]]))
    >>> keras.ops.convert_to_numpy(TopP(p=0.6)(logits, np.array([0.99]))).tolist()
    [1]

    References: Holtzman et al. 2020, section 3.1.
    """

    p: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probability("p", self.p)

    def filter(self, logits: Any) -> Any:
        if self.p == 1:  # rounding would let sums reach 1 before the last token
            return logits
        descending = -ops.sort(-logits, axis=-1)
        probabilities = ops.softmax(descending)
        before = ops.cumsum(probabilities, axis=-1) - probabilities  # mass of the tokens ahead of each
        # The last kept token is the first with which the mass reaches p. The first one has nothing ahead of it.
        kept = ops.where(before < self.p, descending, float("inf"))
        lowest = ops.min(kept, axis=-1, keepdims=True)
        return ops.where(logits < lowest, -float("inf"), logits)
