"""New sequences from a model with the step contract."""

import reprlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.decoding.arguments import (
    allowed_logits,
    check_ids,
    check_instances,
    power_of_two,
    random_numbers,
    stop_id,
)
from seqkit.decoding.compiled_steps import CompiledSteps
from seqkit.decoding.constraint import Constraint
from seqkit.decoding.loop import draw
from seqkit.decoding.sampler import Sampler


class Generated(NamedTuple):
    """Sequences as they were drawn, one a prompt.

    Attributes:
        ids: A list of int32 arrays: what followed each prompt, a final stop token included.
        log_probs: A list of float32 arrays of the same lengths: log-probability of each drawn token under the model
            itself (at temperature 1, nothing filtered out).
    """

    ids: list[np.ndarray]
    log_probs: list[np.ndarray]


class Generator:
    """Draws new sequences from any model with the step contract, in one compiled loop.

    x_t ~ sampler(logits_t), logits_{t+1}, s_{t+1} = model.step(x_t, s_t), until a stop token or the length

    A batch may hold prompts of different lengths. The loop is compiled once for each batch size, sampler, set of
    constraints and power of two that holds prompt and continuation, the reading of prompts once for each batch size and
    power of two. Weights that change later are seen.

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state)`.
        xla: Whether to compile the loop with XLA, which is much faster for one sequence on a CPU.

    Raises:
        InputError: if the model lacks the step contract.

    Example:

    >>> from seqkit.decoding import Greedy
    >>> from seqkit.models import language_model
    >>> generator = Generator(language_model(vocabulary_size=6, units=4))
    >>> generated = generator([[2], [2, 5, 4]], length=3, sampler=Greedy())
    >>> [len(ids) for ids in generated.ids]
    [3, 3]

    References: Graves 2013, section 1.
    """

    def __init__(self, model: keras.Model, *, xla: bool = True) -> None:
        self.steps = CompiledSteps(model, xla=xla)

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        length: int,
        sampler: Sampler,
        seed: int = 0,
        stop: int | None = None,
        suppress: Sequence[int] = (),
        constraints: Sequence[Constraint] = (),
    ) -> Generated:
        """Continues each prompt.

        Args:
            prompts: Ids, at least one a prompt; an empty text is the prompt `[<bos>]`.
            length: Positive integer. Tokens to draw at most.
            sampler: How tokens are chosen.
            seed: Non-negative integer. The same seed draws the same tokens.
            stop: Optional id that ends a sequence, such as `<eos>`.
            suppress: Ids that are never drawn, such as `<pad>`.
            constraints: What tokens may come, given those before, such as `(NoRepeatNGram(3),)`.

        Raises:
            InputError: if an argument is outside the values named above.
        """
        check_positive_int("length", length)
        check_nonnegative_int("seed", seed)
        rows = [np.asarray(prompt) for prompt in prompts]
        if not rows or any(row.ndim != 1 or not len(row) or row.dtype.kind not in "iu" for row in rows):
            raise InputError(
                "`prompts` must hold at least one prompt of at least one integer id each. "
                f"Received: {reprlib.repr(prompts)}. An empty text is the prompt [<bos>]."
            )
        lengths = np.array([len(row) for row in rows], np.int32)
        width = power_of_two(int(lengths.max()) + length)
        tokens = np.zeros((len(rows), width), np.int32)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row

        vocabulary = self.steps.vocabulary()
        check_ids("prompts", tokens, vocabulary)
        allowed = allowed_logits(suppress, vocabulary)
        ending = stop_id(stop, vocabulary)
        loop = self.drawing(sampler, constraints)
        sampler.check_vocabulary(vocabulary)
        common = int(lengths.min())
        logits, state = self.steps.read(tokens[:, :common])
        uniform = random_numbers(np.random.default_rng(seed), width, len(rows))
        tokens, log_probs, _, _ = loop(
            tokens, lengths, lengths + length, np.int32(common), ending, uniform, allowed, logits, state
        )
        tokens, log_probs = ops.convert_to_numpy(tokens), ops.convert_to_numpy(log_probs)
        drawn = [
            slice(begin, _end(row[begin : begin + length], ending) + begin)
            for row, begin in zip(tokens, lengths, strict=True)
        ]
        return Generated(
            ids=[row[piece] for row, piece in zip(tokens, drawn, strict=True)],
            log_probs=[row[piece] for row, piece in zip(log_probs, drawn, strict=True)],
        )

    def drawing(self, sampler: Sampler, constraints: Sequence[Constraint]) -> Callable:
        """The compiled loop of a sampler and its constraints (see `seqkit.decoding.loop.draw`).

        Raises:
            InputError: if they are anything else.
        """
        if not isinstance(sampler, Sampler):
            raise InputError(f"`sampler` must be a Sampler, such as Greedy(). Received: sampler={sampler!r}.")
        chosen = check_instances("constraints", constraints, Constraint, "NoRepeatNGram(3)")
        model = self.steps.model
        return self.steps.loop(("draw", sampler, chosen), lambda: lambda *given: draw(model, sampler, chosen, *given))


def _end(drawn: np.ndarray, stop: np.int32) -> int:
    """How much of a drawn row counts: up to and with the first stop token."""
    stops = np.flatnonzero(drawn == stop)
    return int(stops[0]) + 1 if len(stops) else len(drawn)
