"""New sequences from a model with the step contract."""

import reprlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
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


class _Loop(NamedTuple):
    position: Any  # of the next token, a scalar
    tokens: Any  # (batch, width): prompts, then what is drawn
    log_probs: Any  # (batch, width)
    logits: Any  # (batch, vocabulary), of the token at `position`
    finished: Any  # (batch,)
    state: Any


class Generator:
    """Draws new sequences from any model with the step contract, in one compiled loop.

    x_t ~ sampler(logits_t), logits_{t+1}, s_{t+1} = model.step(x_t, s_t), until a stop token or the length

    A batch may hold prompts of different lengths. The loop is compiled once for each batch size, sampler and power of
    two that holds prompt and continuation, the reading of prompts once for each batch size and power of two. Weights
    that change later are seen.

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
        if not (hasattr(model, "step") and hasattr(model, "initial_state")):
            raise InputError(
                "`model` must offer `step(ids, state)` and `initial_state(batch)`. "
                f"Received: {type(model).__name__}, which does not. Models built by `language_model` do."
            )
        self.model = model
        self.xla = xla
        self._read = kernels.compile(lambda ids, state: model.step(ids, state), model.variables)
        self._start = kernels.compile(lambda ids: model.step(ids, model.initial_state(ids.shape[0])), model.variables)
        self._loops: dict = {}
        self._size: int | None = None

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        length: int,
        sampler: Sampler,
        seed: int = 0,
        stop: int | None = None,
        suppress: Sequence[int] = (),
    ) -> Generated:
        """Continues each prompt.

        Args:
            prompts: Ids, at least one a prompt; an empty text is the prompt `[<bos>]`.
            length: Positive integer. Tokens to draw at most.
            sampler: How tokens are chosen.
            seed: Non-negative integer. The same seed draws the same tokens.
            stop: Optional id that ends a sequence, such as `<eos>`.
            suppress: Ids that are never drawn, such as `<pad>`.

        Raises:
            InputError: if an argument is outside the values named above.
        """
        check_positive_int("length", length)
        check_nonnegative_int("seed", seed)
        if not isinstance(sampler, Sampler):
            raise InputError(f"`sampler` must be a Sampler, such as Greedy(). Received: sampler={sampler!r}.")
        rows = [np.asarray(prompt) for prompt in prompts]
        if not rows or any(row.ndim != 1 or not len(row) or row.dtype.kind not in "iu" for row in rows):
            raise InputError(
                "`prompts` must hold at least one prompt of at least one integer id each. "
                f"Received: {reprlib.repr(prompts)}. An empty text is the prompt [<bos>]."
            )
        lengths = np.array([len(row) for row in rows], np.int32)
        width = _power_of_two(int(lengths.max()) + length)
        tokens = np.zeros((len(rows), width), np.int32)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row

        vocabulary = self._vocabulary()
        _check_ids("prompts", tokens, vocabulary)
        _check_ids("suppress", np.array(list(suppress)), vocabulary)
        if stop is not None:
            _check_ids("stop", np.array(stop), vocabulary)
        if len(set(suppress)) == vocabulary:
            raise InputError("`suppress` must leave a token to draw. Received: every id of the vocabulary.")
        sampler.check_vocabulary(vocabulary)
        common = int(lengths.min())
        logits, state = self._read_prompt(tokens[:, :common])
        # Whole numbers of 2^-23: float32 holds them exactly, and each is less than 1 by enough for the sampler's sums.
        uniform = (np.random.default_rng(seed).integers(0, 2**23, size=(width, len(rows))) / 2**23).astype(np.float32)
        allowed = np.zeros(vocabulary, np.float32)
        allowed[list(suppress)] = -np.inf
        stop = -1 if stop is None else stop
        loop = self._loop(sampler)
        tokens, log_probs = loop(
            tokens, lengths, lengths + length, np.int32(common), np.int32(stop), uniform, allowed, logits, state
        )
        tokens, log_probs = ops.convert_to_numpy(tokens), ops.convert_to_numpy(log_probs)
        drawn = [
            slice(begin, _end(row[begin : begin + length], stop) + begin)
            for row, begin in zip(tokens, lengths, strict=True)
        ]
        return Generated(
            ids=[row[piece] for row, piece in zip(tokens, drawn, strict=True)],
            log_probs=[row[piece] for row, piece in zip(log_probs, drawn, strict=True)],
        )

    def _read_prompt(self, ids: np.ndarray) -> tuple[Any, Any]:
        """Reads what all prompts have, in pieces of a power of two: few shapes, and so few compilations."""
        pieces = [1 << bit for bit in range(ids.shape[1].bit_length()) if ids.shape[1] >> bit & 1]
        logits, state = self._start(ids[:, : pieces[0]])
        done = pieces[0]
        for piece in pieces[1:]:
            logits, state = self._read(ids[:, done : done + piece], state)
            done += piece
        return logits[:, -1], state  # (batch, time, vocabulary) -> (batch, vocabulary)

    def _vocabulary(self) -> int:
        """Number of ids, from the shape of the logits of one step: the contract has no other place for it."""
        if self._size is None:
            logits, _ = self._start(np.zeros((1, 1), np.int32))
            self._size = int(logits.shape[-1])
        return self._size

    def _loop(self, sampler: Sampler) -> Any:
        if sampler not in self._loops:
            self._loops[sampler] = kernels.compile(
                lambda *arguments: _draw(self.model, sampler, *arguments), self.model.variables, xla=self.xla
            )
        return self._loops[sampler]


def _draw(
    model: keras.Model,
    sampler: Sampler,
    tokens: Any,
    begins: Any,
    ends: Any,
    position: Any,
    stop: Any,
    uniform: Any,
    allowed: Any,
    logits: Any,
    state: Any,
) -> tuple[Any, Any]:
    """The loop. Row b reads its prompt up to begins[b] and draws from there to ends[b]."""
    batch, width = tokens.shape
    last = ops.max(ends)

    def unfinished(loop: _Loop) -> Any:
        return ops.logical_and(loop.position < last, ops.logical_not(ops.all(loop.finished)))

    def advance(loop: _Loop) -> tuple[_Loop]:
        t = loop.position
        chosen = sampler(ops.cast(loop.logits, "float32") + allowed, uniform[t])
        given = ops.slice(loop.tokens, (0, t), (batch, 1))[:, 0]  # (batch, width) -> (batch,)
        drawing = t >= begins
        token = ops.where(drawing, chosen, given)
        log_prob = ops.take_along_axis(
            ops.log_softmax(ops.cast(loop.logits, "float32")), token[:, None], axis=-1
        )  # (batch, vocabulary) -> (batch, 1)
        logits, state = model.step(token[:, None], loop.state)
        finished = ops.logical_or(loop.finished, ops.logical_and(drawing, ops.equal(token, stop)))
        return (
            _Loop(
                position=t + 1,
                tokens=ops.slice_update(loop.tokens, (0, t), token[:, None]),
                log_probs=ops.slice_update(loop.log_probs, (0, t), log_prob),
                logits=logits[:, -1],
                finished=ops.logical_or(finished, t + 1 >= ends),
                state=state,
            ),
        )

    start = _Loop(
        position=position,
        tokens=ops.convert_to_tensor(tokens),
        log_probs=ops.zeros((batch, width), "float32"),
        logits=logits,
        finished=ops.zeros((batch,), "bool"),
        state=state,
    )
    [loop] = ops.while_loop(unfinished, advance, (start,), maximum_iterations=width)
    return loop.tokens, loop.log_probs


def _check_ids(name: str, ids: np.ndarray, vocabulary: int) -> None:
    if ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= vocabulary):
        raise InputError(f"`{name}` must hold ids in [0, {vocabulary}). Received: {ids.min()} to {ids.max()}.")


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()


def _end(drawn: np.ndarray, stop: int) -> int:
    """How much of a drawn row counts: up to and with the first stop token."""
    stops = np.flatnonzero(drawn == stop)
    return int(stops[0]) + 1 if len(stops) else len(drawn)
