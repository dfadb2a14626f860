"""What the next token may be, given the tokens before it."""

import abc
from dataclasses import dataclass
from typing import Any

from keras import ops

from seqkit.checks import InputError, check_positive_int


@dataclass(frozen=True, kw_only=True)
class Constraint(abc.ABC):
    """Changes the logits of the next token by what a sequence holds so far. A strategy overrides `__call__`.

    Constraints act in the order given, before the sampler and its temperature; what is suppressed is -inf by then. The
    tokens of the prompt count like those drawn. Where a constraint would leave a row no token at all, it is left out
    for that row at that step; the constraints before and after it still act.

    A constraint is a pure function, and a frozen dataclass, so that equal ones share a compiled loop.

    Args:
        last: Optional positive integer. How many of the last tokens count; all of them if left out.

    Raises:
        InputError: if `last` is neither `None` nor a positive integer.
    """

    last: int | None = None

    def __post_init__(self) -> None:
        if self.last is not None:
            check_positive_int("last", self.last)

    @abc.abstractmethod
    def __call__(self, logits: Any, tokens: Any, position: Any) -> Any:
        """Changes the logits of the token at `position`.

        Args:
            logits: `(batch, vocabulary)`, float32; -inf for a token that must not come.
            tokens: `(batch, width)`, int32. Those at `position` and after it mean nothing.
            position: Scalar; `tokens[:, :position]` is what each row holds so far.

        Returns:
            Logits of the same shape; -inf forbids a token.
        """

    def remembered(self, width: int, position: Any) -> Any:
        """Which places of `tokens` count: `(width,)`, bool."""
        places = ops.arange(width, dtype="int32")
        past = places < position
        return past if self.last is None else ops.logical_and(past, places >= position - self.last)


def constrained(logits: Any, constraints: tuple[Constraint, ...], tokens: Any, position: Any) -> Any:
    """The logits after all constraints; one that would leave a row nothing is left out for that row."""
    for constraint in constraints:
        narrowed = constraint(logits, tokens, position)
        some = ops.any(narrowed > -float("inf"), axis=-1, keepdims=True)  # (batch, vocabulary) -> (batch, 1)
        logits = ops.where(some, narrowed, logits)
    return logits


def marked(tokens: Any, flags: Any, vocabulary: int) -> Any:
    """Which ids stand at a flagged place: `(batch, width)` and flags of that shape to `(batch, vocabulary)`, bool."""
    batch, width = tokens.shape
    rows = ops.repeat(ops.arange(batch, dtype="int32"), width)
    places = ops.stack([rows, ops.reshape(tokens, (-1,))], axis=-1)  # (batch * width, 2)
    counts = ops.scatter(places, ops.reshape(ops.cast(flags, "float32"), (-1,)), (batch, vocabulary))
    return counts > 0


def check_memory(last: int | None, size: int) -> None:
    """Refuses a memory that cannot hold a whole n-gram of `size`."""
    if last is not None and last < size:
        raise InputError(
            f"`last` must hold a whole n-gram. Received: last={last}, size={size}. Use last={size} or more."
        )
