"""No n-gram comes twice."""

from dataclasses import dataclass
from typing import Any

from keras import ops

from seqkit.checks import check_positive_int
from seqkit.decoding.constraint import Constraint, check_memory, marked


@dataclass(frozen=True)
class NoRepeatNGram(Constraint):
    """Forbids every token that would complete an n-gram which the sequence, its prompt included, holds already.

    Where that forbids all tokens, an n-gram may come again: a sequence longer than the number of n-grams there are must
    repeat one.

    Args:
        size: Positive integer. Tokens in an n-gram; 1 lets no token come twice.
        last: Optional integer of at least `size`. How many of the last tokens are searched; all of them if left out.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> logits = NoRepeatNGram(2)(np.zeros((1, 3), "float32"), np.array([[0, 1, 2, 0]]), 4)
    >>> keras.ops.convert_to_numpy(logits).tolist()  # 0 was followed by 1
    [[0.0, -inf, 0.0]]

    References: Paulus et al. 2018, section 2.5.
    """

    size: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive_int("size", self.size)
        check_memory(self.last, self.size)

    def __call__(self, logits: Any, tokens: Any, position: Any) -> Any:
        batch, width = tokens.shape
        before = self.size - 1  # tokens of an n-gram ahead of its last one
        if before >= width:  # no n-gram fits in
            return logits
        inside = self.remembered(width, position)
        # Place e is the last of an n-gram that begins at e - before, which must be remembered too.
        ends = ops.logical_and(inside, ops.logical_and(ops.arange(width) >= before, ops.roll(inside, before)))
        flags = ops.broadcast_to(ends, tokens.shape)
        for back in range(1, before + 1):
            # `ends` is true nowhere while the sequence is too short to have the token asked for.
            newest = ops.slice(tokens, (0, ops.maximum(position - back, 0)), (batch, 1))  # (batch, width) -> (batch, 1)
            flags = ops.logical_and(flags, ops.equal(ops.roll(tokens, back, axis=1), newest))
        return ops.where(marked(tokens, flags, logits.shape[-1]), -float("inf"), logits)
