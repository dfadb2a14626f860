"""How the next token is chosen from its logits."""

import abc
from dataclasses import dataclass
from typing import Any

from keras import ops

from seqkit.checks import check_positive


@dataclass(frozen=True)
class Sampler(abc.ABC):
    """Chooses the next token from its logits. A strategy overrides `filter`.

    p = softmax(filter(logits / temperature));  token = the first one whose cumulated p exceeds `uniform`

    A sampler is a pure function of the logits and of one random number a row, so that two loops given the same numbers
    choose the same tokens.

    Args:
        temperature: Positive float. Below 1 likely tokens become likelier, above 1 the distribution flattens.

    Raises:
        InputError: if `temperature` is not above 0.
    """

    temperature: float = 1.0

    def __post_init__(self) -> None:
        check_positive("temperature", self.temperature)

    @abc.abstractmethod
    def filter(self, logits: Any) -> Any:
        """Sets the logits of tokens that must not be chosen to -inf. `(batch, vocabulary)` to the same."""

    def check_vocabulary(self, size: int) -> None:  # noqa: B027 - what most samplers need is nothing
        """Refuses a vocabulary this sampler cannot draw from; most can draw from any.

        Raises:
            InputError: if the vocabulary of `size` tokens does not fit.
        """

    def __call__(self, logits: Any, uniform: Any) -> Any:
        """Chooses one token a row.

        Args:
            logits: `(batch, vocabulary)`; -inf for a token that must not come.
            uniform: `(batch,)`, random numbers in [0, 1), on a grid of 2^-23 (see `Generator`).

        Returns:
            Token ids `(batch,)`, int32. A token of probability 0 is never chosen.
        """
        logits = ops.cast(logits, "float32")
        below = logits - ops.max(logits, axis=-1, keepdims=True)
        # The likeliest token stays at 0 even where the temperature is too small for float32, and so is 0 itself.
        scaled = ops.where(below < 0, below / self.temperature, 0.0)
        probabilities = ops.softmax(self.filter(scaled))
        cumulated = ops.cumsum(probabilities, axis=-1)
        # Rounding lets the sums miss 1, and where they are computed in parallel they need not even grow: drawing below
        # the largest of them, and only among tokens with mass, always lands on one.
        has_mass = probabilities > 0
        threshold = uniform[:, None] * ops.max(cumulated, axis=-1, keepdims=True)
        hit = ops.cast(ops.logical_and(has_mass, cumulated > threshold), "int32")  # (batch, vocabulary)
        places = ops.arange(probabilities.shape[-1], dtype="int32")
        last = ops.max(ops.where(has_mass, places, 0), axis=-1)  # (batch, vocabulary) -> (batch,)
        return ops.where(ops.max(hit, axis=-1) > 0, ops.cast(ops.argmax(hit, axis=-1), "int32"), last)
