"""How well a language model predicts a text: exact sums over the whole of it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int
from seqkit.data import SequentialWindows
from seqkit.masking import PADDED_TARGET, valid_targets


@dataclass(frozen=True)
class Likelihood:
    """The probability of a text: one sum and one count.

    Attributes:
        log_prob: Natural logarithm of the probability of all tokens.
        tokens: Number of tokens predicted.
        characters: Number of characters of the text.
    """

    log_prob: float
    tokens: int
    characters: int

    @property
    def nats(self) -> float:
        """Negative log-likelihood of a token."""
        return -self.log_prob / self.tokens

    @property
    def perplexity(self) -> float:
        """exp of `nats`; infinite where that is more than a float holds."""
        return math.exp(self.nats) if self.nats < 700 else math.inf

    @property
    def bits_per_character(self) -> float:
        """Bits spent on the whole text, divided by its characters."""
        return -self.log_prob / math.log(2) / self.characters

    def metrics(self) -> dict[str, float]:
        """The figures by the names reports use."""
        return {"nats": self.nats, "perplexity": self.perplexity, "bits_per_character": self.bits_per_character}


def likelihood(
    model: keras.Model,
    tokens: Any,
    *,
    streams: int,
    window: int = 100,
    batch: int | None = None,
    characters: int | None = None,
    context_only: tuple[int, ...] = (),
) -> Likelihood:
    """The probability a language model gives to a text, every target counted once.

    log p = sum over the streams s and the targets t of s of log p(x_t | x_begin(s) ... x_{t-1})

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state)`.
        tokens: The text: an array of ids or a `TokenFile`. The first is read, not predicted.
        streams: Positive integer. Into how many pieces the text is cut; each starts from zero state, so the figure
            depends on it, and a report states it. With 1, only the very first token is predicted cold.
        window: Positive integer. Tokens read at once; the figure does not depend on it.
        batch: Streams read side by side; the figure does not depend on it. All of them if it is left out.
        characters: Characters of the text, if they are not as many as its targets.
        context_only: Ids that are read but never predicted.

    Raises:
        InputError: if an argument is outside the values named above, or the text is too short for `streams`.

    Example:

    >>> from seqkit.models import language_model
    >>> found = likelihood(language_model(vocabulary_size=4, units=8), np.arange(30) % 4, streams=2, window=5)
    >>> found.tokens
    29
    """
    if characters is not None:
        check_positive_int("characters", characters)
    total, count = 0.0, 0
    for _, targets, log_probs in _pieces(model, tokens, streams, window, batch, context_only):
        total += float(np.sum(log_probs, dtype=np.float64))
        count += int(np.sum(targets != PADDED_TARGET))
    if not count:
        raise InputError("The text must hold a target. Received: only ids in `context_only`.")
    return Likelihood(total, count, count if characters is None else characters)


def text_log_probs(
    model: keras.Model, tokens: Any, *, streams: int, window: int = 100, batch: int | None = None
) -> np.ndarray:
    """Log-probability of each token of a text after the first, in the order of the text.

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state)`.
        tokens: The text: an array of ids or a `TokenFile`. The first is read, not predicted.
        streams: Positive integer. Into how many pieces the text is cut, as in `likelihood`.
        window: Positive integer. Tokens read at once.
        batch: Streams read side by side; all of them if it is left out.

    Returns:
        Float32, `(len(tokens) - 1,)`.

    Raises:
        InputError: if an argument is outside the values named above, or the text is too short for `streams`.

    Example:

    >>> from seqkit.models import language_model
    >>> text_log_probs(language_model(vocabulary_size=4, units=8), np.arange(30) % 4, streams=2, window=5).shape
    (29,)
    """
    result = np.empty(len(tokens) - 1, np.float32)
    for places, targets, log_probs in _pieces(model, tokens, streams, window, batch, ()):
        there = targets != PADDED_TARGET
        result[places[there]] = log_probs[there]
    return result


def _pieces(
    model: keras.Model, tokens: Any, streams: int, window: int, batch: int | None, context_only: tuple[int, ...]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For one window of some streams after the other: places in the text, targets, and their log-probabilities."""
    window = min(check_positive_int("window", window), max(1, len(tokens) - 1))  # a short text is one short window
    windows = SequentialWindows(tokens, window=window, streams=streams, context_only=context_only)
    batch = streams if batch is None else check_positive_int("batch", batch)

    def read(ids: Any, targets: Any, state: tuple) -> tuple[Any, tuple]:
        logits, state = model.step(ids, state)
        return token_log_probs(logits, targets), state

    compiled = kernels.compile(read, model.variables)
    for first in range(0, streams, batch):
        rows = slice(first, min(first + batch, streams))
        state = _plain(model.initial_state(rows.stop - rows.start))
        for position, (inputs, targets) in enumerate(windows.batches()):
            log_probs, state = compiled(inputs["ids"][rows], targets[rows], state)
            places = windows.begins[rows, None] + position * window + np.arange(window)  # (streams, window)
            yield places, targets[rows], ops.convert_to_numpy(log_probs)


def token_log_probs(logits: Any, targets: Any) -> Any:
    """log softmax(logits)[target], and 0 where the target is -1; float32, `(batch, time)` as the targets."""
    valid = valid_targets(targets)
    nats = ops.sparse_categorical_crossentropy(
        ops.where(valid, targets, 0), ops.cast(logits, "float32"), from_logits=True
    )
    return ops.where(valid, -nats, 0.0)


def _plain(state: tuple) -> tuple:
    """The state as tensors: JAX must not meet Keras variables at the border of a compiled function."""
    return tree.map_structure(ops.convert_to_tensor, state)
