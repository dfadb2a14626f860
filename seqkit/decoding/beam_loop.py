"""The compiled loop of beam search."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops


class Hypotheses(NamedTuple):
    """Whole sequences, the best score first; a score of -inf says that there is none.

    Attributes:
        tokens: `(beams, width)`.
        lengths: `(beams,)`.
        log_probs: `(beams,)`.
        scores: `(beams,)`.
    """

    tokens: Any
    lengths: Any
    log_probs: Any
    scores: Any


class _Search(NamedTuple):
    position: Any  # tokens that each living beam holds, a scalar
    tokens: Any  # (beams, width) of the living beams, the likeliest first
    log_probs: Any  # (beams,); -inf for a place that no beam has taken
    logits: Any  # (beams, vocabulary)
    state: Any
    whole: Hypotheses  # what is finished and kept aside


def search(
    step: Callable,
    beams: int,
    width: int,
    length: Any,
    n_best: Any,
    alpha: Any,
    stop: Any,
    allowed: Any,
    logits: Any,
    state: Any,
) -> Hypotheses:
    """Searches from `logits` `(1, vocabulary)` and a state of one row, by any `step(ids, state) -> logits, state`.

    Args:
        step: A function of ids `(beams, 1)` and a state whose tensors lead with `beams`.
        beams: Sequences that are followed at once.
        width: Tokens that a sequence can hold; static, at least `length`.
        length: Scalar. Tokens of a sequence at most.
        n_best: Scalar. How many of the best must be exact.
        alpha: Scalar, 0 or above: the power of the length penalty.
        stop: Scalar, the id that finishes a sequence; -1 for none.
        allowed: `(vocabulary,)`, 0 or -inf.
        logits: What the first token is chosen by.
        state: What the first step begins with.
    """
    vocabulary = logits.shape[-1]
    ids = ops.arange(vocabulary, dtype="int32")
    most = min(2 * beams, beams * vocabulary)  # at most `beams` of these finish, so the others fill the beams

    def unfinished(search: _Search) -> Any:
        # No log-probability grows, and no length divides it by more than the longest does.
        hope = search.log_probs[0] / _norm(length, alpha)
        return ops.logical_and(search.position < length, hope > search.whole.scores[n_best - 1])

    def advance(search: _Search) -> tuple[_Search]:
        t = search.position
        log_probs = ops.log_softmax(ops.cast(search.logits, "float32")) + allowed
        total = ops.reshape(search.log_probs[:, None] + log_probs, (-1,))  # (beams * vocabulary,)
        best, places = ops.top_k(total, most)
        places = ops.cast(places, "int32")
        parents, chosen = places // vocabulary, ids[0] + places % vocabulary
        tokens = ops.slice_update(ops.take(search.tokens, parents, axis=0), (0, t), chosen[:, None])  # (most, width)
        ending = ops.equal(chosen, stop)
        finished = ops.where(ending[:beams], best[:beams], -float("inf"))
        whole = _merged(search.whole, tokens[:beams], finished, t + 1, alpha)
        living, kept = ops.top_k(ops.where(ending, -float("inf"), best), beams)
        state = keras.tree.map_structure(lambda tensor: ops.take(tensor, ops.take(parents, kept), axis=0), search.state)
        logits, state = step(ops.take(chosen, kept)[:, None], state)
        return (
            _Search(
                position=t + 1,
                tokens=ops.take(tokens, kept, axis=0),
                log_probs=living,
                logits=logits[:, -1],
                state=state,
                whole=whole,
            ),
        )

    nowhere = ops.full((beams,), -float("inf"), "float32")
    empty = ops.zeros((beams, width), "int32")
    start = _Search(
        position=ops.zeros((), "int32"),
        tokens=empty,
        log_probs=ops.where(ops.arange(beams) == 0, 0.0, nowhere),
        logits=ops.repeat(logits, beams, axis=0),
        state=keras.tree.map_structure(lambda tensor: ops.repeat(tensor, beams, axis=0), state),
        whole=Hypotheses(empty, ops.zeros((beams,), "int32"), nowhere, nowhere),
    )
    [last] = ops.while_loop(unfinished, advance, (start,), maximum_iterations=width)
    # Beams that live at the length are whole as they are; those of a search that could stop before are not.
    cut = ops.where(last.position >= length, last.log_probs, -float("inf"))
    return _merged(last.whole, last.tokens, cut, last.position, alpha)


def _norm(length: Any, alpha: Any) -> Any:
    """((5 + length) / 6)^alpha, equation 14 of Wu et al. 2016."""
    return ops.power((5.0 + ops.cast(length, "float32")) / 6.0, alpha)


def _merged(whole: Hypotheses, tokens: Any, log_probs: Any, length: Any, alpha: Any) -> Hypotheses:
    """The best of what is there and of more sequences of one length; of equals what was there, then the first."""
    beams = whole.scores.shape[0]
    more = Hypotheses(tokens, ops.zeros((beams,), "int32") + length, log_probs, log_probs / _norm(length, alpha))
    scores, chosen = ops.top_k(ops.concatenate([whole.scores, more.scores]), beams)
    tokens, lengths, log_probs = (
        ops.take(ops.concatenate([a, b]), chosen, axis=0) for a, b in zip(whole[:-1], more[:-1], strict=True)
    )
    return Hypotheses(tokens, lengths, log_probs, scores)
