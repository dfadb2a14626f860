"""What was there already becomes less likely."""

from dataclasses import dataclass
from typing import Any

from keras import ops

from seqkit.checks import check_positive
from seqkit.decoding.constraint import Constraint, marked


@dataclass(frozen=True)
class RepetitionPenalty(Constraint):
    """Makes tokens less likely that a sequence holds already, its prompt included, however often.

    x'[v] = x[v] / factor if x[v] > 0, else x[v] * factor, for each token v that is there

    The factor acts on logits, so the zero of the model's own logits matters: two models with the same probabilities
    but other logits are penalised differently.

    Args:
        factor: Positive float. 1 changes nothing, 1.2 is usual, below 1 repetition becomes likelier.
        last: Optional positive integer. How many of the last tokens count; all of them if left out.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> penalty = RepetitionPenalty(2.0)
    >>> logits = penalty(np.array([[1.0, 1.0, -1.0]], "float32"), np.array([[2, 0]]), 2)
    >>> keras.ops.convert_to_numpy(logits).tolist()
    [[0.5, 1.0, -2.0]]

    References: Keskar et al. 2019, section 4.1.
    """

    factor: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive("factor", self.factor)

    def __call__(self, logits: Any, tokens: Any, position: Any) -> Any:
        flags = ops.broadcast_to(self.remembered(tokens.shape[1], position), tokens.shape)
        seen = marked(tokens, flags, logits.shape[-1])
        return ops.where(seen, ops.where(logits > 0, logits / self.factor, logits * self.factor), logits)
