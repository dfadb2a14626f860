"""Tokens one after another, for as long as they are wanted."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.decoding.arguments import allowed_logits, power_of_two, prompt_ids, random_numbers, stop_id
from seqkit.decoding.constraint import Constraint
from seqkit.decoding.generator import Generator
from seqkit.decoding.sampler import Sampler


class Drawn(NamedTuple):
    """One token as it was drawn.

    Attributes:
        id: The token.
        log_prob: Its log-probability under the model itself (at temperature 1, nothing filtered out).
    """

    id: int
    log_prob: float


def stream(
    model: keras.Model | Generator,
    prompt: Sequence[int] | np.ndarray,
    *,
    sampler: Sampler,
    seed: int = 0,
    length: int | None = None,
    stop: int | None = None,
    suppress: Sequence[int] = (),
    constraints: Sequence[Constraint] = (),
    chunk: int = 64,
) -> Iterator[Drawn]:
    """Draws tokens one after another, without end if no `length` is given.

    The tokens are those that a `Generator` draws after this prompt alone, with the same seed: a random number depends
    on the seed and the position only. Memory stays constant, for of the past only the state of the model is kept, and
    the last tokens where a constraint looks at them.

    Tokens are computed ahead: one at first, then twice as many each time, up to `chunk`. All of them run through one
    compiled loop.

    Args:
        model: A model with the step contract, or a `Generator` of one, whose compiled loops then serve every stream.
        prompt: Ids, at least one; an empty text is the prompt `[<bos>]`.
        sampler: How tokens are chosen.
        seed: Non-negative integer. The same seed draws the same tokens.
        length: Optional positive integer. Tokens to draw at most; without end if left out.
        stop: Optional id that ends the stream, such as `<eos>`; it is the last token that comes.
        suppress: Ids that are never drawn, such as `<pad>`.
        constraints: What tokens may come, given those before. An endless stream needs them to look at a number of
            `last` tokens, such as `(NoRepeatNGram(3, last=500),)`.
        chunk: Positive integer. Tokens to compute ahead at most.

    Returns:
        An iterator of `Drawn`.

    Raises:
        InputError: if an argument is outside the values named above. It is raised by the call, not by the first token.

    Example:

    >>> from seqkit.decoding import Greedy
    >>> from seqkit.models import language_model
    >>> tokens = stream(language_model(vocabulary_size=6, units=4), [2], sampler=Greedy())
    >>> len([next(tokens).id for _ in range(100)])
    100

    References: Graves 2013, section 1.
    """
    check_positive_int("chunk", chunk)
    check_nonnegative_int("seed", seed)
    if length is not None:
        check_positive_int("length", length)
    generator = model if isinstance(model, Generator) else Generator(model)
    loop = generator.drawing(sampler, constraints)
    vocabulary = generator.steps.vocabulary()
    ids = prompt_ids(prompt, vocabulary)
    ending, allowed = stop_id(stop, vocabulary), allowed_logits(suppress, vocabulary)
    sampler.check_vocabulary(vocabulary)
    memory = _memory(constraints, None if length is None else len(ids) + length)
    source = np.random.default_rng(seed)
    for begin in range(0, len(ids), 4096):  # a Generator draws numbers for the places of the prompt as well
        random_numbers(source, min(4096, len(ids) - begin), 1)

    def pieces() -> Iterator[Drawn]:
        logits, state = generator.steps.read(ids[None])
        kept = ids[max(len(ids) - memory, 0) :]
        for size in _sizes(length, chunk):
            tokens, log_probs, logits, state = _advance(
                loop, kept, memory + chunk, size, ending, source, allowed, logits, state
            )
            for drawn in map(Drawn, tokens.tolist(), log_probs.tolist()):
                yield drawn
                if drawn.id == ending:
                    return
            kept = np.concatenate([kept, tokens])
            kept = kept[max(len(kept) - memory, 0) :]

    return pieces()


def _advance(
    loop: Callable,
    kept: np.ndarray,
    most: int,
    size: int,
    ending: np.int32,
    source: np.random.Generator,
    allowed: np.ndarray,
    logits: Any,
    state: Any,
) -> tuple[np.ndarray, np.ndarray, Any, Any]:
    """Draws `size` tokens behind those kept, in arrays of one width whatever `size` is: one shape, one compilation."""
    width, begin = power_of_two(most), len(kept)
    tokens, uniform = np.zeros((1, width), np.int32), np.zeros((width, 1), np.float32)
    tokens[0, :begin] = kept
    uniform[begin : begin + size] = random_numbers(source, size, 1)
    begins, ends = np.array([begin], np.int32), np.array([begin + size], np.int32)
    found, log_probs, logits, state = loop(
        tokens, begins, ends, np.int32(begin), ending, uniform, allowed, logits, state
    )
    piece = slice(begin, begin + size)
    return ops.convert_to_numpy(found)[0, piece], ops.convert_to_numpy(log_probs)[0, piece], logits, state


def _memory(constraints: Sequence[Constraint], whole: int | None) -> int:
    """How many of the last tokens must be kept; `whole` is all there will ever be."""
    most = 0
    for constraint in constraints:
        if constraint.last is None and whole is None:
            raise InputError(
                "`constraints` of an endless stream must look at a number of last tokens. "
                f"Received: {constraint!r}. Give it `last`, or give the stream a `length`."
            )
        most = max(most, whole if constraint.last is None else constraint.last)  # type: ignore[type-var,assignment]
    return most if whole is None else min(most, whole)


def _sizes(length: int | None, chunk: int) -> Iterator[int]:
    """1, 2, 4, ..., chunk, chunk, ...: together `length`, if there is one."""
    done = 0
    for turn in itertools.count():
        size = min(chunk, 1 << min(turn, chunk.bit_length()))
        if length is not None:
            size = min(size, length - done)
        if not size:
            return
        yield size
        done += size
