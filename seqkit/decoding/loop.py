"""The compiled loop that draws tokens."""

from typing import Any, NamedTuple

import keras
from keras import ops

from seqkit.decoding.constraint import Constraint, constrained
from seqkit.decoding.sampler import Sampler


class _Loop(NamedTuple):
    position: Any  # of the next token, a scalar
    tokens: Any  # (batch, width): prompts, then what is drawn
    log_probs: Any  # (batch, width)
    logits: Any  # (batch, vocabulary), of the token at `position`
    finished: Any  # (batch,)
    state: Any


def draw(
    model: keras.Model,
    sampler: Sampler,
    constraints: tuple[Constraint, ...],
    tokens: Any,
    begins: Any,
    ends: Any,
    position: Any,
    stop: Any,
    uniform: Any,
    allowed: Any,
    logits: Any,
    state: Any,
) -> tuple[Any, Any, Any, Any]:
    """The loop. Row b reads its prompt up to begins[b] and draws from there to ends[b].

    Returns:
        Tokens and log-probabilities `(batch, width)`, the logits of the token after the last one, and the state.
    """
    batch, width = tokens.shape
    last = ops.max(ends)

    def unfinished(loop: _Loop) -> Any:
        return ops.logical_and(loop.position < last, ops.logical_not(ops.all(loop.finished)))

    def advance(loop: _Loop) -> tuple[_Loop]:
        t = loop.position
        wanted = constrained(ops.cast(loop.logits, "float32") + allowed, constraints, loop.tokens, t)
        chosen = sampler(wanted, uniform[t])
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
    return loop.tokens, loop.log_probs, loop.logits, loop.state
